package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

// Alerts raises and resolves alerts. A repeat changes nothing.
type Alerts interface {
	Raise(ctx context.Context, n alert.Notice) (alert.Alert, bool, error)
	Resolve(ctx context.Context, vin, dedupKey string, at time.Time) (alert.Alert, bool, error)
}

// watch runs the detector on the samples of a car, raises and resolves alerts, and stores the detector's memory in the state. It must be
// called before the state is written: the memory records the samples that were processed, and the write of the state persists it. After
// a crash in between, the samples are processed again with the old memory, which gives the same changes with the same times, and so the
// same alerts, whose ids follow from time and dedup key. In the other order a crash would lose alerts.
func (i *Service) watch(ctx context.Context, c *car, s *vehicle.State, now time.Time) error {
	memory, err := anomaly.Decode(s.Watch)
	if c.forgotten = err; err != nil {
		memory = anomaly.NewMemory()
	}
	dismissed, err := anomaly.ParseDismissals(s.Dismissed)
	if err != nil && c.forgotten == nil {
		c.forgotten = err
	}
	memory.Dismiss(dismissed, now)
	if err := i.lookUp(ctx, c, memory, now); err != nil {
		return err
	}
	changes := i.Detector.Observe(memory, c.samples(), now)
	c.rejected = nil // from an earlier attempt
	for _, change := range changes {
		err := i.tell(ctx, c, change)
		if errs.Of(err) == errs.Invalid {
			err = i.reject(ctx, c, change, err)
		}
		if err != nil {
			return err
		}
	}
	s.Watch = memory.Encode()
	return nil
}

// Cars looks up cars.
type Cars interface {
	// Vehicle returns the car with that VIN; vehicle.ErrNotFound if there is none.
	Vehicle(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error)
}

// lookUp looks up the placard pressure of the car's tyres and its model, once a day.
func (i *Service) lookUp(ctx context.Context, c *car, m *anomaly.Memory, now time.Time) error {
	if !m.WantsPlacard(now) {
		return nil
	}
	car, err := i.Cars.Vehicle(ctx, c.vin)
	if err != nil && !errors.Is(err, vehicle.ErrNotFound) {
		return fmt.Errorf("look up the car: %w", err)
	}
	m.SetPlacard(car.PlacardKPa, now)
	m.Compare(i.Priors, anomaly.Model{Make: car.Make, Model: car.Model, Powertrain: car.Powertrain})
	return nil
}

func (i *Service) tell(ctx context.Context, c *car, change anomaly.Change) error {
	var err error
	if change.Resolved {
		_, _, err = i.Alerts.Resolve(ctx, string(c.vin), change.DedupKey, change.At)
	} else {
		_, _, err = i.Alerts.Raise(ctx, change.Notice(string(c.vin)))
	}
	if err != nil {
		return fmt.Errorf("tell of %s: %w", change.DedupKey, err)
	}
	return nil
}

// reject sends an alert that the alert service will never accept to the failure queue. The car's state must not wait for it, or it would
// block the whole shard. Like alerts, it may be sent twice.
func (i *Service) reject(ctx context.Context, c *car, change anomaly.Change, why error) error {
	n := change.Notice(string(c.vin))
	e := Envelope{Reason: InvalidAlert, Detail: why.Error(), VIN: string(c.vin), PartitionKey: string(c.vin), ReceivedAt: change.At.UTC(), Alert: &n}
	if _, err := i.Failures.Keep(ctx, []Envelope{e}); err != nil {
		return fmt.Errorf("keep the invalid alert %s: %w", change.DedupKey, err)
	}
	c.rejected = append(c.rejected, e)
	return nil
}

// samples returns the car's samples of the batch, by time, one for each time, so that their order in the stream makes no difference.
func (c *car) samples() []anomaly.Sample {
	if c.sorted != nil {
		return c.sorted
	}
	all := make([]anomaly.Sample, 0, len(c.messages))
	for n := range c.messages {
		m := &c.messages[n]
		all = append(all, anomaly.Sample{At: m.TS, TripID: m.TripID, Signals: m.Signals})
		for _, sample := range m.Batch {
			all = append(all, anomaly.Sample{At: m.SampleTime(sample), TripID: m.TripID, Signals: sample.Signals})
		}
	}
	slices.SortStableFunc(all, func(a, b anomaly.Sample) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.TripID, b.TripID))
	})
	c.sorted = merged(all)
	return c.sorted
}

// merged returns the samples with those of the same time merged into one.
func merged(all []anomaly.Sample) []anomaly.Sample {
	out := all[:0]
	for _, s := range all {
		last := len(out) - 1
		if last < 0 || out[last].At.UnixMilli() != s.At.UnixMilli() {
			out = append(out, s)
			continue
		}
		if !same(out[last].Signals, s.Signals) {
			out[last].Signals = out[last].Signals.Merge(s.Signals)
		}
		out[last].TripID = max(out[last].TripID, s.TripID)
	}
	return out
}

// same reports whether both have the same signals with the same values.
func same(a, b telemetry.Signals) bool {
	if len(a) != len(b) {
		return false
	}
	for path, v := range a {
		other, there := b[path]
		if !there || telemetry.Compare(v, other) != 0 {
			return false
		}
	}
	return true
}
