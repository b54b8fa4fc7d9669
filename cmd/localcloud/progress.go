package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// progress prints each step and its duration to the terminal.
type progress struct {
	out      io.Writer
	mu       sync.Mutex
	number   int
	terminal bool
}

func newProgress(f *os.File) *progress {
	return &progress{out: f, terminal: term.IsTerminal(int(f.Fd()))}
}

// step runs do and prints its title with a number. On a terminal the line counts the seconds.
func (p *progress) step(title string, do func() (detail string, err error)) error {
	p.mu.Lock()
	p.number++
	label := fmt.Sprintf("%2d  %-34s", p.number, title)
	p.mu.Unlock()
	start := time.Now()
	stop := p.spin(label, start)
	detail, err := do()
	stop()
	took := time.Since(start).Seconds()
	if err != nil {
		fmt.Fprintf(p.out, "%s %6.1f s  failed\n", label, took)
		return err
	}
	fmt.Fprintf(p.out, "%s %6.1f s  %s\n", label, took, detail)
	return nil
}

// spin updates the line every second until stop is called.
func (p *progress) spin(label string, start time.Time) (stop func()) {
	if !p.terminal {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		fmt.Fprint(p.out, label)
		for {
			select {
			case <-done:
				fmt.Fprint(p.out, "\r")
				return
			case <-tick.C:
				fmt.Fprintf(p.out, "\r%s %6.0f s", label, time.Since(start).Seconds())
			}
		}
	}()
	return func() { close(done); <-ended }
}

func (p *progress) say(format string, args ...any) { fmt.Fprintf(p.out, format+"\n", args...) }
