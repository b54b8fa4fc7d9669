package sim

import "sync"

// Circuit is the built-in route: about 27 km through a residential area and a town, along a motorway and back by country roads. The route
// is invented: no real road is exactly there.
var Circuit = sync.OnceValue(func() *Route {
	return newRoute(48.7600, 11.4200, []waypoint{
		{0, 0, 374, 30, Sign},
		{180, 0, 374, 30, Sign},
		{180, 420, 375, 50, Light},
		{900, 700, 378, 50, Light},
		{1700, 760, 380, 50, Light},
		{2300, 1300, 384, 70, Free},
		{3600, 1900, 392, 70, Light},
		{4300, 2600, 398, 120, Free},
		{7000, 5200, 430, 120, Free},
		{8200, 7400, 446, 120, Free},
		{7900, 9000, 440, 80, Free},
		{7000, 9400, 432, 70, Light},
		{5200, 9000, 452, 100, Free},
		{3900, 7600, 470, 100, Free},
		{2600, 6100, 448, 100, Free},
		{1500, 4300, 412, 70, Free},
		{1100, 3000, 390, 50, Light},
		{500, 1900, 382, 50, Sign},
		{250, 900, 377, 30, Free},
		{0, 450, 375, 30, Sign},
	})
})
