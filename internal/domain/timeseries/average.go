package timeseries

import (
	"context"
	"time"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/paging"
)

// averages reads a page of spans. Spans begin at multiples of the interval since 1970, whatever the query's From.
func averages(ctx context.Context, s *stream, q Query) (paging.Page[Sample], error) {
	var out paging.Page[Sample]
	var open *span
	first := cursor{} // where the open span's samples begin
	for read := 0; read < MaxRows; read += chunk {
		rows, err := s.next(ctx, chunk)
		if err != nil {
			return paging.Page[Sample]{}, err
		}
		for _, row := range rows {
			signals := q.visible(row.Signals, row.At)
			if len(signals) == 0 {
				continue
			}
			begin := row.At.Truncate(q.Interval)
			if open != nil && begin.Equal(open.begin) {
				open.add(row.TripID, signals)
				continue
			}
			if open != nil {
				out.Items = append(out.Items, open.sample())
				if len(out.Items) == q.size() {
					out.Next = cursor{time: row.At}.String()
					return out, nil
				}
			}
			open, first = newSpan(begin, row.TripID), cursor{time: row.At}
			open.add(row.TripID, signals)
		}
		if s.over || s.spent {
			break
		}
	}
	switch {
	case open == nil:
		out.Next = s.position()
	case s.over || len(out.Items) == 0: // the end, or one span that is more than a page can read
		out.Items, out.Next = append(out.Items, open.sample()), s.position()
	default: // the span goes on beyond what a page reads: it begins the next one
		out.Next = first.String()
	}
	return out, nil
}

// span gathers the values of one span.
type span struct {
	begin  time.Time
	trip   string
	sums   map[string]sum
	latest telemetry.Signals
}

type sum struct {
	total float64
	count int
}

func newSpan(begin time.Time, trip string) *span {
	return &span{begin: begin, trip: trip, sums: map[string]sum{}, latest: telemetry.Signals{}}
}

// add takes a sample. An invalid value counts only where there is no other.
func (p *span) add(trip string, signals telemetry.Signals) {
	if trip != p.trip {
		p.trip = ""
	}
	for path, v := range signals {
		if _, there := p.latest[path]; there && v.IsNull() {
			continue
		}
		p.latest[path] = v
		if f, ok := v.Number(); ok {
			s := p.sums[path]
			p.sums[path] = sum{s.total + f, s.count + 1}
		}
	}
}

// sample is the mean of each number and the last of every other value. Of directions and coordinates it is the last as well: the
// mean of 350 and 10 degrees points backwards.
func (p *span) sample() Sample {
	out := Sample{At: p.begin, TripID: p.trip, Signals: p.latest}
	for path, s := range p.sums {
		signal, _ := telemetry.Lookup(path)
		if _, number := p.latest[path].Number(); number && signal.Unit != "degrees" {
			out.Signals[path] = telemetry.Number(s.total / float64(s.count))
		}
	}
	return out
}
