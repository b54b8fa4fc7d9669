package anomaly

import "strconv"

// Measure is the present value of a subject that has a baseline.
type Measure struct {
	Subject string // dedup key of the baseline's alerts
	Signal  string // VSS path of the signal in findings
	Value   float64
}

// Measures returns the measures that have a usual value in the present state of the car.
func (m *Memory) Measures() []Measure {
	var all []Measure
	for i := range subjects {
		if v, ok := subjects[i].measure(m); ok {
			all = append(all, Measure{Subject: subjects[i].key(), Signal: traits[subjects[i].signal].path, Value: v})
		}
	}
	return all
}

// key returns the dedup key of the baseline's alerts.
func (s *subject) key() string { return keyOf(s.signal, "unusual"+strconv.Itoa(int(s.id))) }
