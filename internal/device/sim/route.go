package sim

import (
	"math"
	"slices"
)

// Control is the traffic control at a waypoint.
type Control uint8

// Kinds of traffic control.
const (
	Free  Control = iota
	Sign          // every car stops
	Light         // some cars get a red light
)

// waypoint is a corner of a route in a local plane, with the speed limit of the road after it.
type waypoint struct {
	eastM, northM, altitudeM float64
	limitKPH                 float64
	control                  Control
}

// Point is a place on a route.
type Point struct {
	Latitude, Longitude float64 // degrees
	AltitudeM           float64
	HeadingDeg          float64 // from north, clockwise, 0 to 360
	CurvaturePerM       float64 // 1/radius; positive turns left
	Grade               float64 // rise over run
	LimitMPS            float64 // signposted limit
	SafeMPS             float64 // speed allowed by the limit, this curve and the ones ahead
}

type stop struct {
	atM     float64
	control Control
}

// Route is a closed road. Its points have equal distances, so that every lookup takes the same time.
type Route struct {
	LengthM float64
	points  []Point
	stops   []stop
}

const (
	spacingM          = 4.0 // distance between two points of a route
	earthRadiusM      = 6_371_000.0
	comfortLateral    = 2.4 // m/s^2 sideways in curves
	comfortBrake      = 1.6 // m/s^2 before curves and lower limits
	shareOfLegForTurn = 0.45
)

// newRoute rounds the corners, measures the length and computes the speeds at which it can be driven.
func newRoute(latitude, longitude float64, corners []waypoint) *Route {
	r := &Route{}
	n := len(corners)
	for i, c := range corners {
		r.addCorner(corners[(i+n-1)%n], c, corners[(i+1)%n])
	}
	path := r.points // at uneven distances so far, in metres east and north
	r.resample(path)
	for i := range r.points {
		p := &r.points[i]
		p.Longitude = longitude + degrees(p.Longitude/earthRadiusM/math.Cos(radians(latitude)))
		p.Latitude = latitude + degrees(p.Latitude/earthRadiusM)
	}
	r.planSpeeds()
	return r
}

// addCorner appends the arc that rounds corner b between its neighbours a and c. Until resample, Longitude and Latitude of a point hold
// metres.
func (r *Route) addCorner(a, b, c waypoint) {
	inE, inN, inLen := direction(a, b)
	outE, outN, outLen := direction(b, c)
	turn := math.Atan2(inE*outN-inN*outE, inE*outE+inN*outN) // positive: to the left
	radius := turnRadius(min(a.limitKPH, b.limitKPH))
	tangent := radius * math.Tan(math.Abs(turn)/2)
	if most := shareOfLegForTurn * min(inLen, outLen); tangent > most {
		tangent = most
		radius = tangent / math.Tan(math.Abs(turn)/2)
	}
	steps := max(1, int(math.Ceil(math.Abs(turn)*radius/(spacingM/2))))
	heading := math.Atan2(inE, inN)
	east, north := b.eastM-inE*tangent, b.northM-inN*tangent
	for i := range steps + 1 {
		limit := a.limitKPH
		if i > steps/2 {
			limit = b.limitKPH
		}
		p := Point{Longitude: east, Latitude: north, AltitudeM: b.altitudeM, LimitMPS: limit / 3.6}
		if i < steps && math.Abs(turn) > 0.01 {
			p.CurvaturePerM = math.Copysign(1/radius, turn)
		}
		r.points = append(r.points, p)
		step := math.Abs(turn) * radius / float64(steps)
		middle := heading - turn*(float64(i)+0.5)/float64(steps)
		east += step * math.Sin(middle)
		north += step * math.Cos(middle)
	}
	if b.control != Free {
		r.stops = append(r.stops, stop{atM: float64(len(r.points) - steps - 1), control: b.control}) // an index until resample
	}
}

// turnRadius is the radius, in metres, of bends on roads with that speed limit.
func turnRadius(limitKPH float64) float64 {
	switch {
	case limitKPH <= 30:
		return 9
	case limitKPH <= 50:
		return 14
	case limitKPH <= 70:
		return 60
	case limitKPH <= 100:
		return 220
	default:
		return 600
	}
}

func direction(a, b waypoint) (east, north, length float64) {
	e, n := b.eastM-a.eastM, b.northM-a.northM
	length = math.Hypot(e, n)
	return e / length, n / length, length
}

// resample replaces the points of the path by points at equal distances, and the indices in stops by distances.
func (r *Route) resample(path []Point) {
	n := len(path)
	at := make([]float64, n+1)
	for i := range n {
		next := path[(i+1)%n]
		at[i+1] = at[i] + math.Hypot(next.Longitude-path[i].Longitude, next.Latitude-path[i].Latitude)
	}
	for i := range r.stops {
		r.stops[i].atM = at[int(r.stops[i].atM)]
	}
	slices.SortFunc(r.stops, func(a, b stop) int { return int(a.atM - b.atM) })
	count := int(at[n] / spacingM)
	r.LengthM = float64(count) * spacingM
	r.points = make([]Point, count)
	leg := 0
	for k := range count {
		s := float64(k) * spacingM
		for at[leg+1] <= s {
			leg++
		}
		r.points[k] = between(path[leg], path[(leg+1)%n], (s-at[leg])/(at[leg+1]-at[leg]))
	}
	r.measureSlopes()
}

// between interpolates between a and b; share is 0 to 1. Altitude follows a cosine, so that slopes begin and end gently.
func between(a, b Point, share float64) Point {
	p := a
	p.Longitude += (b.Longitude - a.Longitude) * share
	p.Latitude += (b.Latitude - a.Latitude) * share
	p.AltitudeM += (b.AltitudeM - a.AltitudeM) * (1 - math.Cos(math.Pi*share)) / 2
	return p
}

func (r *Route) measureSlopes() {
	n := len(r.points)
	for i := range n {
		next := r.points[(i+1)%n]
		p := &r.points[i]
		e, north := next.Longitude-p.Longitude, next.Latitude-p.Latitude
		p.HeadingDeg = math.Mod(degrees(math.Atan2(e, north))+360, 360)
		p.Grade = (next.AltitudeM - p.AltitudeM) / spacingM
	}
}

// planSpeeds goes backwards twice around the route, so that there is room to brake before every curve and lower limit.
func (r *Route) planSpeeds() {
	n := len(r.points)
	for i := range r.points {
		p := &r.points[i]
		p.SafeMPS = p.LimitMPS
		if k := math.Abs(p.CurvaturePerM); k > 0 {
			p.SafeMPS = min(p.SafeMPS, math.Sqrt(comfortLateral/k))
		}
	}
	for i := 2*n - 1; i >= 0; i-- {
		next := r.points[(i+1)%n].SafeMPS
		p := &r.points[i%n]
		p.SafeMPS = min(p.SafeMPS, math.Sqrt(next*next+2*comfortBrake*spacingM))
	}
}

// At returns the point m metres along the route, which repeats after its length.
func (r *Route) At(m float64) Point {
	i, share := r.index(m)
	a, b := r.points[i], r.points[(i+1)%len(r.points)]
	p := a
	p.Latitude += (b.Latitude - a.Latitude) * share
	p.Longitude += (b.Longitude - a.Longitude) * share
	p.AltitudeM += (b.AltitudeM - a.AltitudeM) * share
	p.HeadingDeg = math.Mod(a.HeadingDeg+angle(b.HeadingDeg-a.HeadingDeg)*share+360, 360)
	return p
}

// safeMPS is the lower safe speed of the two points around m.
func (r *Route) safeMPS(m float64) float64 {
	i, _ := r.index(m)
	return min(r.points[i].SafeMPS, r.points[(i+1)%len(r.points)].SafeMPS)
}

func (r *Route) index(m float64) (int, float64) {
	m = math.Mod(m, r.LengthM)
	i := int(m / spacingM)
	return i % len(r.points), m/spacingM - float64(i)
}

// nextStop returns the first stop after m metres, and the distance to it in metres.
func (r *Route) nextStop(m float64) (stop, float64) {
	lap := math.Mod(m, r.LengthM)
	for _, s := range r.stops {
		if s.atM > lap {
			return s, s.atM - lap
		}
	}
	s := r.stops[0]
	return s, s.atM + r.LengthM - lap
}

// angle normalizes a difference of headings to -180 to 180 degrees.
func angle(d float64) float64 { return math.Mod(d+540, 360) - 180 }

func radians(deg float64) float64 { return deg * math.Pi / 180 }
func degrees(rad float64) float64 { return rad * 180 / math.Pi }
