package timeseries

import (
	"context"
	"time"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/paging"
)

// averages returns a page of averages over spans. Spans begin at multiples of the interval since 1970, whatever the query's From.
func averages(ctx context.Context, s *stream, q Query) (paging.Page[Sample], error) {
	var out paging.Page[Sample]
	var open *span
	first := cursor{} // beginning of the open span's samples
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
	case s.over || len(out.Items) == 0: // the end of the series, or one span that is larger than a page may read
		out.Items, out.Next = append(out.Items, open.sample()), s.position()
	default: // the span continues beyond what a page may read: the next page begins with it
		out.Next = first.String()
	}
	return out, nil
}

// span collects the values of one span of time.
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

// add adds a sample. An invalid value counts only if the span has no other for the signal.
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

// sample returns the mean of each number and the last of every other value. Directions and coordinates have their last value too: the
// mean of 350 and 10 degrees would point backwards.
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
