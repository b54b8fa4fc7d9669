package trip

import (
	"container/heap"
	"math"
	"time"

	"connectedcar/internal/domain/telemetry"
)

// Point is one point of a trip's route.
type Point struct {
	At        time.Time
	Latitude  float64 // degrees
	Longitude float64
	SpeedKPH  *float64 // nil if unknown
}

// Bounds of a route.
const (
	MaxRoutePoints  = 500
	routeToleranceM = 5 // points nearer to the line are left out
)

// RoutePaths returns the signals that a route needs.
func RoutePaths() []string {
	return []string{telemetry.Latitude, telemetry.Longitude, telemetry.Speed}
}

// Route returns a trip's route from its samples, which must be in order of time: at most limit points, those with the most influence on
// its shape (Ramer-Douglas-Peucker, the point farthest from the line first), with the first and last. Samples of another trip are left out.
func Route(t Trip, rows []telemetry.Row, limit int) []Point {
	var points []Point
	for _, r := range plausible(rows) {
		if r.At.Before(t.StartedAt) || r.At.After(t.EndedAt) || r.TripID != "" && r.TripID != t.ID {
			continue
		}
		latitude, longitude, ok := r.Signals.Place()
		if !ok {
			continue
		}
		p := Point{At: r.At, Latitude: latitude, Longitude: longitude}
		if speed, ok := r.Signals[telemetry.Speed].Number(); ok {
			p.SpeedKPH = &speed
		}
		points = append(points, p)
	}
	return simplify(points, max(2, min(limit, MaxRoutePoints)))
}

// simplify keeps the points with the most influence on the shape of a line.
func simplify(points []Point, limit int) []Point {
	if len(points) <= 2 {
		return points
	}
	keep := make([]bool, len(points))
	keep[0], keep[len(points)-1] = true, true
	spans := &spans{farthest(points, 0, len(points)-1)}
	for kept := 2; kept < limit && spans.Len() > 0; kept++ {
		s := heap.Pop(spans).(span) // the heap holds spans only
		if s.away < routeToleranceM {
			break
		}
		keep[s.at] = true
		for _, part := range [][2]int{{s.from, s.at}, {s.at, s.to}} {
			if part[1]-part[0] > 1 {
				heap.Push(spans, farthest(points, part[0], part[1]))
			}
		}
	}
	var out []Point
	for n, p := range points {
		if keep[n] {
			out = append(out, p)
		}
	}
	return out
}

// span is a part of the line, with its point that is farthest from the straight line between its ends.
type span struct {
	from, to, at int
	away         float64 // distance of that point from the line, metres
}

// spans is a heap of spans, the one with the greatest away first.
type spans []span

func (s spans) Len() int           { return len(s) }
func (s spans) Less(i, j int) bool { return s[i].away > s[j].away }
func (s spans) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *spans) Push(x any)        { *s = append(*s, x.(span)) } // the heap holds spans only
func (s *spans) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}

func farthest(points []Point, from, to int) span {
	s := span{from: from, to: to, at: from + 1, away: -1}
	for n := from + 1; n < to; n++ {
		if away := offLine(points[n], points[from], points[to]); away > s.away {
			s.at, s.away = n, away
		}
	}
	return s
}

const metresPerDegree = 111_195 // metres per degree of latitude, on a sphere with the Earth's mean radius

// offLine returns the distance of a point from the line between two others, in metres, on a plane tangent to the Earth there.
// https://en.wikipedia.org/wiki/Ramer%E2%80%93Douglas%E2%80%93Peucker_algorithm
func offLine(p, a, b Point) float64 {
	scale := metresPerDegree * math.Cos(a.Latitude*math.Pi/180)
	flat := func(q Point) (x, y float64) {
		east := math.Mod(q.Longitude-a.Longitude+540, 360) - 180 // the shorter way around the Earth
		return east * scale, (q.Latitude - a.Latitude) * metresPerDegree
	}
	px, py := flat(p)
	bx, by := flat(b)
	length := bx*bx + by*by
	if length == 0 {
		return math.Hypot(px, py)
	}
	along := max(0, min(1, (px*bx+py*by)/length))
	return math.Hypot(px-along*bx, py-along*by)
}
