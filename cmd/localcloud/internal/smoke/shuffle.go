package smoke

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"connectedcar/internal/names"
	"connectedcar/internal/tool/testcar"
)

// Sizes of the check of shuffled messages: one car sends shuffledMessages, about a quarter of them distinct.
const (
	shuffledMessages = 10_000
	shuffledDrive    = 10 * time.Minute // ends now: well within event.MaxDelay, after which no notification is sent
	shuffledInterval = time.Second / 4
	underWay         = 32 // messages in flight: published and not yet acknowledged
)

// said is a message of any car: its payload does not name one.
type said struct {
	kind    names.Kind
	payload []byte
}

// mindsNoShuffle has two cars send the same messages, one in order and once, the other shuffled and about four times each, and compares all
// stored data of the two cars.
func mindsNoShuffle(ctx context.Context, w *world) (string, error) {
	story, err := w.story(ctx)
	if err != nil {
		return "", err
	}
	clean, err := w.ready(ctx)
	if err != nil {
		return "", err
	}
	defer clean.Leave()
	messy, err := w.ready(ctx)
	if err != nil {
		return "", err
	}
	defer messy.Leave()
	last := len(story) - 1 // both cars send the end of the drive last: when it is stored, all other messages have been handled
	cars, both := errgroup.WithContext(ctx)
	cars.Go(func() error { return publish(both, clean, story, 1) })
	cars.Go(func() error { return publish(both, messy, shuffled(story[:last]), underWay) })
	if err := cars.Wait(); err != nil {
		return "", err
	}
	if err := publish(ctx, messy, story[last:], 1); err != nil {
		return "", err
	}
	var end struct{ TS time.Time }
	if err := json.Unmarshal(story[last].payload, &end); err != nil {
		return "", fmt.Errorf("decode the last sample: %w", err)
	}
	var kept string
	err = testcar.Eventually(ctx, "wait for both cars' messages to be handled", func(ctx context.Context) error {
		kept, err = w.keepsTheSame(ctx, string(clean.VIN), string(messy.VIN), end.TS)
		return err
	})
	return fmt.Sprintf("%d messages in order, the same as %d shuffled: %s", len(story), shuffledMessages, kept), err
}

// shuffled repeats and shuffles messages, to a total of shuffledMessages with the last one, which the caller sends.
func shuffled(story []said) []said {
	random := rand.New(rand.NewPCG(1, 2)) // a fixed seed: every run has the same order
	all := slices.Clone(story)
	for len(all) < shuffledMessages-1 {
		all = append(all, story[random.IntN(len(story))])
	}
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// publish publishes the messages of a car, atATime of them concurrently.
func publish(ctx context.Context, c *testcar.Car, messages []said, atATime int) error {
	radio, ctx := errgroup.WithContext(ctx)
	radio.SetLimit(atATime)
	for _, m := range messages {
		if ctx.Err() != nil {
			break
		}
		radio.Go(func() error { return c.Publish(ctx, m.kind, m.payload) })
	}
	return radio.Wait()
}

// story returns the messages of a drive that ends now, ordered by time: samples, intermittent faults, a tow, a health report and a trip.
// The samples contain nothing unusual: the detection of anomalies depends by design on which samples arrive in time.
func (w *world) story(ctx context.Context) ([]said, error) {
	const seed = "11"
	out, err := w.carctl(ctx, "drive", "--dry-run", "--vin", string(testcar.NewVIN()), "--duration", shuffledDrive.String(), "--interval", shuffledInterval.String(),
		"--seed", seed, "--powertrain", "COMBUSTION", "--dtc", "P0301,P0420")
	if err != nil {
		return nil, err
	}
	var all []said
	var end said
	for line := range strings.Lines(out) {
		var m struct {
			Topic   string
			Payload json.RawMessage
		}
		if json.Unmarshal([]byte(line), &m) != nil {
			continue // a line of output that is not a message
		}
		payload, err := earlier(m.Payload, shuffledDrive)
		if err != nil {
			return nil, err
		}
		kind := names.Kind(m.Topic[strings.LastIndexByte(m.Topic, '/')+1:])
		all = append(all, said{kind, payload})
		if kind == names.Telemetry {
			end = all[len(all)-1]
		}
	}
	if end.payload == nil {
		return nil, fmt.Errorf("a rehearsal prints no telemetry: %.200s", out)
	}
	all = slices.DeleteFunc(all, func(m said) bool { return string(m.payload) == string(end.payload) })
	more, err := troubles(time.Now().UTC().Add(-shuffledDrive / 2))
	return append(append(all, more...), end), err
}

// earlier moves every timestamp in a message back.
func earlier(payload []byte, by time.Duration) ([]byte, error) {
	var m map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(payload)))
	decoder.UseNumber()
	if err := decoder.Decode(&m); err != nil {
		return nil, fmt.Errorf("decode a rehearsed message: %w", err)
	}
	for key, value := range m {
		text, _ := value.(string)
		if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
			m[key] = at.Add(-by).Format(time.RFC3339Nano)
		}
	}
	return json.Marshal(m)
}

// troubles returns two alarms and faults of many codes. Each fault is set and cleared, and every second one is set again.
func troubles(start time.Time) ([]said, error) {
	var all []said
	at := start.Truncate(time.Millisecond)
	add := func(kind names.Kind, message map[string]any) error {
		at = at.Add(time.Second)
		message["schema"], message["id"], message["ts"], message["seq"] = string(kind)+"/1", newID(at), at.Format(time.RFC3339Nano), len(all)+1
		b, err := json.Marshal(message)
		all = append(all, said{kind, b})
		return err
	}
	const codes = 40
	var errs []error
	for n := range codes {
		code := map[string]any{"code": fmt.Sprintf("P%04d", 101+n), "ecu": "powertrain", "status": 9}
		for _, does := range []string{"set", "clear", "set"}[:2+n%2] {
			errs = append(errs, add(names.Diagnostics, map[string]any{"kind": does, "mil": does == "set", "codes": []any{maps.Clone(code)}}))
		}
	}
	errs = append(errs, add(names.Event, map[string]any{"kind": "tow"}), add(names.Event, map[string]any{"kind": "harsh_braking"}))
	return all, errors.Join(errs...)
}
