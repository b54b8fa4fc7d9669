package drive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"connectedcar/internal/device/mqtt"
	"connectedcar/internal/device/sim"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// Source yields a car's messages in order of time, of a simulated or a recorded drive. Next returns false at the end.
type Source interface {
	Next() (sim.Message, bool)
}

// Client is a car's connection.
type Client interface {
	Publish(ctx context.Context, topic string, payload []byte) error
	PublishQoS0(ctx context.Context, topic string, payload []byte) error // at once, past the queue; may be lost
	Drain(ctx context.Context) error
	Close(ctx context.Context) error
	Stats() mqtt.Stats
}

// Car is a car of a Fleet.
type Car struct {
	VIN    vin.VIN
	Source Source
	Open   func(Listener) (Client, error) // connects the car; called when its turn to connect comes
}

// Fleet is a number of cars that drive at the same time.
type Fleet struct {
	Cars        []Car
	Application names.Application
	Direct      bool // publish to the topic itself, not through Basic Ingest
	Timeline    Timeline
	Radio       Radio
	Seed        uint64
	PerSecond   float64       // cars that connect per second. Default: 50
	DrainLimit  time.Duration // longest wait for acknowledgements at the end. Default: 60 s

	mu      sync.Mutex
	clients []Client
	tallies []*channel
	done    int
}

const (
	defaultPerSecond  = 50
	defaultDrainLimit = time.Minute
	closeLimit        = 5 * time.Second
)

// Status holds the counters of a fleet.
type Status struct {
	Cars       int `json:"cars"`
	Connected  int `json:"connected"`
	Finished   int `json:"finished"` // cars whose messages are all acknowledged
	Connects   int `json:"connects"` // connections made, reconnections included
	Produced   int `json:"produced"` // messages of the drives, before faults of the radio
	Queued     int `json:"queued"`   // messages queued by the clients
	Sent       int `json:"sent"`     // queued messages that were sent at least once
	Acked      int `json:"acknowledged"`
	Refused    int `json:"refused"`
	Resent     int `json:"resent"`
	Dropped    int `json:"dropped"`    // by an injected fault of the radio
	Duplicated int `json:"duplicated"` // by an injected fault of the radio
	Reordered  int `json:"reordered"`  // by an injected fault of the radio
	// Trouble is the connection error of a car that is not connected; nil if all cars are connected.
	Trouble error `json:"-"`
}

// Unacknowledged is the number of messages that no broker has accepted or refused.
func (s Status) Unacknowledged() int { return s.Queued - s.Acked - s.Refused }

// Status returns the counters.
func (f *Fleet) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := Status{Cars: len(f.Cars), Finished: f.done}
	for _, c := range f.clients {
		x := c.Stats()
		if x.Connected {
			s.Connected++
		} else if x.LastErr != nil && x.Unacknowledged() > 0 {
			s.Trouble = x.LastErr
		}
		s.Connects += x.Connects
		s.Queued += x.Queued
		s.Sent += x.Sent - x.Resent
		s.Acked += x.Acked
		s.Refused += x.Refused
		s.Resent += x.Resent
	}
	for _, t := range f.tallies {
		s.Produced += t.produced
		s.Dropped += t.dropped
		s.Duplicated += t.duplicated
		s.Reordered += t.reordered
	}
	return s
}

// Run drives all cars to the end of their drives, or until ctx ends. Then it waits at most DrainLimit for the acknowledgement of every
// message. The error names cars with unacknowledged messages.
func (f *Fleet) Run(ctx context.Context) error {
	if f.PerSecond == 0 {
		f.PerSecond = defaultPerSecond
	}
	if f.DrainLimit == 0 {
		f.DrainLimit = defaultDrainLimit
	}
	errs := make([]error, len(f.Cars))
	var all sync.WaitGroup
	for i, c := range f.Cars {
		all.Go(func() {
			turn := f.Timeline.begun.Add(time.Duration(float64(i) / f.PerSecond * float64(time.Second)))
			if wait(ctx, turn) {
				errs[i] = f.drive(ctx, c)
			}
		})
	}
	all.Wait()
	return summarize(errs)
}

// mostNamed is the largest number of cars that an error message names.
const mostNamed = 3

// summarize joins the first errors and counts the rest.
func summarize(errs []error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(errs) > mostNamed {
		more := fmt.Errorf("and %d more cars", len(errs)-mostNamed)
		errs = append(errs[:mostNamed:mostNamed], more)
	}
	return errors.Join(errs...)
}

// drive sends one car's messages, each when it is due.
func (f *Fleet) drive(ctx context.Context, c Car) error {
	source := &lockedSource{Source: c.Source}
	down, connected := f.downlink(c, source)
	conn, err := c.Open(down.listener())
	if err != nil {
		return fmt.Errorf("car %s: %w", c.VIN, err)
	}
	connected(conn)
	c.Source = source
	out := &channel{Radio: f.Radio, rng: rand.New(rand.NewPCG(f.Seed, hash(c.VIN)))}
	f.register(conn, out)
	sendErr := f.send(ctx, c, conn, out)
	drainErr := f.finish(conn)
	return errors.Join(sendErr, drainErr)
}

func hash(v vin.VIN) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(v))
	return h.Sum64()
}

func (f *Fleet) register(c Client, out *channel) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clients = append(f.clients, c)
	f.tallies = append(f.tallies, out)
}

func (f *Fleet) send(ctx context.Context, c Car, conn Client, out *channel) error {
	for {
		m, ok := c.Source.Next()
		if !ok || !wait(ctx, f.Timeline.Due(m.At)) {
			break
		}
		payload, err := json.Marshal(m.Body)
		if err != nil {
			return fmt.Errorf("car %s: encode %s: %w", c.VIN, m.Kind, err)
		}
		f.mu.Lock()
		ready := out.pass(outgoing{f.topic(c.VIN, m.Kind), payload})
		f.mu.Unlock()
		if err := publish(ctx, conn, ready); err != nil {
			return interrupted(ctx, fmt.Errorf("car %s: %w", c.VIN, err))
		}
	}
	return interrupted(ctx, publish(ctx, conn, out.flush()))
}

// interrupted drops err if ctx has ended: stopping is no error, and the messages in the queue are drained anyway.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func publish(ctx context.Context, conn Client, messages []outgoing) error {
	for _, m := range messages {
		if err := conn.Publish(ctx, m.topic, m.payload); err != nil {
			return err
		}
	}
	return nil
}

func (f *Fleet) topic(v vin.VIN, k names.Kind) string {
	if f.Direct {
		return f.Application.Topic(v.ThingName(), k)
	}
	return f.Application.BasicIngest(v.ThingName(), k)
}

// finish waits for the acknowledgements and disconnects. It does so even after ctx of Run has ended.
func (f *Fleet) finish(conn Client) error {
	ctx, cancel := context.WithTimeout(context.Background(), f.DrainLimit)
	defer cancel()
	err := conn.Drain(ctx)
	closing, cancelClose := context.WithTimeout(context.Background(), closeLimit)
	defer cancelClose()
	if closeErr := conn.Close(closing); err == nil {
		err = closeErr
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		f.done++
	}
	return err
}
