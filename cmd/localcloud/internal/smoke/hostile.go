package smoke

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"connectedcar/internal/device/hostile"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/names"
	"connectedcar/internal/tool/testcar"
)

// Hostility sizes the check of hostile cars.
type Hostility struct {
	Honest int           // cars that must be unaffected
	Cars   int           // hostile cars
	Span   time.Duration // time in which the honest cars send the messages of their ten-minute drive
	Late   time.Duration // upper bound of the time from an honest car's crash to its alert
	Rate   int           // messages a second of each hostile car; AWS IoT allows 100 a connection
}

// usualHostility is small enough to run beside the other checks.
var usualHostility = Hostility{Honest: 4, Cars: 2, Span: 12 * time.Second, Late: 10 * time.Second, Rate: 20}

// quietFor bounds the time in which the platform handles the backlog. Concurrent writes to the same rows fail, and their messages return to
// the queue for three minutes, some of them twice.
const quietFor = 7 * time.Minute

// withstandsHostileCars has honest cars send a drive while hostile cars attack. The stored data of each honest car must equal that of one
// that drove without attackers, its crash must raise an alert in time, and nobody may be notified about a hostile car instead.
func withstandsHostileCars(ctx context.Context, w *world) (string, error) {
	h := w.Hostility
	if h.Honest == 0 {
		h = usualHostility
	}
	alone, err := w.driveAlone(ctx, h)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(w.Out, "      without hostile cars alerts are late by %s\n", delays(alone))
	story, crash, err := w.storyWithCrash(ctx) // the story is recent: a state records how far a car's clock is behind
	if err != nil {
		return "", err
	}
	calm, err := w.ready(ctx)
	if err != nil {
		return "", err
	}
	defer calm.Leave()
	if err := publish(ctx, calm, append(slices.Clone(story), crash), 1); err != nil {
		return "", err
	}
	honest, err := w.onTheRoad(ctx, h.Honest)
	if err != nil {
		return "", err
	}
	defer leave(honest)
	bad, err := w.onTheRoad(ctx, h.Cars)
	if err != nil {
		return "", err
	}
	defer leave(bad)
	hers, err := w.onTheRoad(ctx, 1) // one more honest car, sold to ana so that she is notified; it is not compared, because its rows contain her id
	if err != nil {
		return "", err
	}
	defer leave(hers)
	if err := w.sold(ctx, hers[0].VIN); err != nil {
		return "", err
	}
	attack := w.attack(ctx, bad, honest, h.Rate)
	beside, err := w.driveBeside(ctx, append(hers, honest...), story, crash, h)
	sent := attack()
	if err != nil {
		return "", fmt.Errorf("beside %d messages of hostile cars: %w", sent, err)
	}
	fmt.Fprintf(w.Out, "      beside %d messages of hostile cars by %s\n", sent, delays(beside))
	if worst := slices.Max(beside); worst > h.Late {
		return "", fmt.Errorf("alerts of honest cars beside %d messages of hostile cars are late by %s, without hostile cars by %s: allowed are %s",
			sent, delays(beside), delays(alone), h.Late)
	}
	kept, err := w.unharmed(ctx, calm, honest)
	if err != nil {
		return "", err
	}
	told, err := w.toldAbout(ctx, "ana@example.com", bad)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d messages of %d attacks by %d cars; %d honest cars keep %s each, none lost; their alerts are late by %s, without hostile cars by %s; %d messages to others",
		sent, len(hostile.Attacks()), h.Cars, h.Honest, kept, delays(beside), delays(alone), told), nil
}

// driveAlone runs the same drive with as many honest cars and no hostile ones, and returns the times to their alerts as a baseline.
func (w *world) driveAlone(ctx context.Context, h Hostility) ([]time.Duration, error) {
	story, crash, err := w.storyWithCrash(ctx)
	if err != nil {
		return nil, err
	}
	cars, err := w.onTheRoad(ctx, h.Honest)
	if err != nil {
		return nil, err
	}
	defer leave(cars)
	late, err := w.driveBeside(ctx, cars, story, crash, h)
	if err != nil {
		return nil, fmt.Errorf("without hostile cars: %w", err)
	}
	return late, nil
}

// storyWithCrash returns a short drive that ends now, and the crash at its end.
func (w *world) storyWithCrash(ctx context.Context) ([]said, said, error) {
	story, err := w.shortStory(ctx)
	if err != nil {
		return nil, said{}, err
	}
	crash, err := crashOf(story)
	return story, crash, err
}

// delays formats times to alerts as their median, 95th percentile and maximum.
func delays(all []time.Duration) string {
	sorted := slices.Sorted(slices.Values(all))
	at := func(share float64) time.Duration {
		return sorted[int(share*float64(len(sorted)-1))].Round(10 * time.Millisecond)
	}
	return fmt.Sprintf("%s (median), %s (95 %%), %s (longest)", at(0.5), at(0.95), at(1))
}

// shortStory is a drive of ten minutes with every twentieth sample only, because many cars send it concurrently.
func (w *world) shortStory(ctx context.Context) ([]said, error) {
	all, err := w.story(ctx)
	if err != nil {
		return nil, err
	}
	const every = 20
	var out []said
	samples := 0
	for n, m := range all {
		if m.kind == names.Telemetry && n < len(all)-1 {
			if samples++; samples%every != 0 {
				continue
			}
		}
		out = append(out, m)
	}
	return out, nil
}

// onTheRoad returns n new cars, registered and connected.
func (w *world) onTheRoad(ctx context.Context, n int) ([]*testcar.Car, error) {
	cars := make([]*testcar.Car, n)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i := range cars {
		group.Go(func() (err error) {
			cars[i], err = w.ready(ctx)
			return err
		})
	}
	return cars, group.Wait()
}

func leave(cars []*testcar.Car) {
	for _, c := range cars {
		c.Leave()
	}
}

// attack has the hostile cars send rounds of every attack at the honest ones until stop is called, which returns the number of messages
// sent. The gateway disconnects a car that violates its limits; the car then reconnects, as an attacker would.
func (w *world) attack(ctx context.Context, bad, honest []*testcar.Car, rate int) (stop func() int64) {
	ctx, cancel := context.WithCancel(ctx)
	var sent atomic.Int64
	var done sync.WaitGroup
	for n, c := range bad {
		done.Go(func() {
			random := rand.New(rand.NewPCG(uint64(n), 7)) // the same attack every time
			for ctx.Err() == nil {
				aim := &hostile.Car{VIN: c.VIN, Victim: honest[random.IntN(len(honest))].VIN, Random: random}
				for _, m := range aim.Round(time.Now()) {
					if sleep(ctx, time.Second/time.Duration(rate)) != nil {
						return
					}
					if err := c.Publish(ctx, m.Kind, m.Payload); err != nil && ctx.Err() == nil {
						_ = c.Join(ctx)
					}
					sent.Add(1)
				}
			}
		})
	}
	return func() int64 {
		cancel()
		done.Wait()
		return sent.Load()
	}
}

// driveBeside has the honest cars send the story within the span, and then crash. It returns the time to each car's alert.
func (w *world) driveBeside(ctx context.Context, honest []*testcar.Car, story []said, crash said, h Hostility) ([]time.Duration, error) {
	late := make([]time.Duration, len(honest))
	group, ctx := errgroup.WithContext(ctx)
	for n, c := range honest {
		group.Go(func() error {
			pause := h.Span / time.Duration(len(story))
			if err := sleep(ctx, h.Span/4*time.Duration(n)/time.Duration(len(honest))); err != nil { // spread the crashes over time
				return err
			}
			for i, m := range story {
				if err := sleep(ctx, pause); err != nil {
					return err
				}
				if err := c.Publish(ctx, m.kind, m.payload); err != nil {
					return fmt.Errorf("message %d of honest car %d: %w", i, n, err)
				}
			}
			var err error
			late[n], err = w.crashes(ctx, c, crash)
			return err
		})
	}
	return late, group.Wait()
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// crashOf returns the crash that ends the drive, the same for every car.
func crashOf(story []said) (said, error) {
	end, err := endOf(story)
	if err != nil {
		return said{}, err
	}
	b, err := json.Marshal(map[string]any{"schema": "event/1", "id": newID(end), "ts": end.Format(time.RFC3339Nano), "seq": 1, "kind": "crash"})
	return said{names.Event, b}, err
}

// endOf is the time of the story's last sample.
func endOf(story []said) (time.Time, error) {
	var end struct{ TS time.Time }
	if err := json.Unmarshal(story[len(story)-1].payload, &end); err != nil {
		return time.Time{}, fmt.Errorf("decode the last sample: %w", err)
	}
	return end.TS, nil
}

// lost is the time after which a missing alert counts as lost rather than late.
const lost = time.Minute

// crashes sends the crash of a car and returns the time until its alert.
func (w *world) crashes(ctx context.Context, c *testcar.Car, crash said) (time.Duration, error) {
	at := time.Now()
	if err := c.Publish(ctx, crash.kind, crash.payload); err != nil {
		return 0, err
	}
	for {
		rows, err := w.query(ctx, names.OutputAlertsTable, "vin", string(c.VIN), 0)
		if err != nil {
			return 0, err
		}
		late := time.Since(at)
		for _, row := range rows {
			if text(row["kind"]) == string(alert.Crash) {
				return late, nil
			}
		}
		if late > lost {
			return late, fmt.Errorf("the crash of an honest car is no alert after %s", late.Round(time.Millisecond))
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return 0, err
		}
	}
}

// unharmed compares the stored data of each honest car with those of the car that drove alone. It retries for quietFor: messages of hostile
// cars may be in the queue, because concurrent writes to one car's rows are retried minutes later.
func (w *world) unharmed(ctx context.Context, calm *testcar.Car, honest []*testcar.Car) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, quietFor)
	defer cancel()
	var kept string
	for _, c := range honest {
		err := testcar.Eventually(ctx, "wait for the honest cars to be as one that drove alone", func(ctx context.Context) (err error) {
			kept, err = w.sameRows(ctx, string(calm.VIN), string(c.VIN))
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return kept, nil
}

// toldAbout counts the e-mails to an honest car's owner about hostile cars. There must be none.
func (w *world) toldAbout(ctx context.Context, who string, bad []*testcar.Car) (int, error) {
	subjects, err := w.emails(ctx, who)
	if err != nil {
		return 0, err
	}
	for _, c := range bad {
		tail := "car ..." + string(c.VIN[len(c.VIN)-6:])
		if slices.ContainsFunc(subjects, func(s string) bool { return strings.Contains(s, tail) }) {
			return 1, fmt.Errorf("%s is told of a hostile car that is not theirs: %q", who, subjects)
		}
	}
	return 0, nil
}
