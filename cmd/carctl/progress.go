package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"connectedcar/internal/device/drive"
	"connectedcar/internal/tool/printable"
)

// Intervals of progress reports: a terminal shows one line that is updated, other outputs get a new line each time.
const (
	terminalTick = 200 * time.Millisecond
	plainTick    = 5 * time.Second
	lineWidth    = 118
)

// showProgress shows the fleet's status until the caller calls stop.
func showProgress(w io.Writer, terminal bool, f *drive.Fleet, t drive.Timeline, span time.Duration) (stop func()) {
	every := plainTick
	if terminal {
		every = terminalTick
	}
	begun := time.Now()
	total := t.Due(t.Start.Add(span)).Sub(t.Due(t.Start))
	done := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-done:
				if terminal {
					fmt.Fprintf(w, "\r%-*s\r", lineWidth, "")
				}
				return
			case <-tick.C:
				line := progressLine(f.Status(), time.Since(begun), total)
				if terminal {
					fmt.Fprintf(w, "\r%-*s", lineWidth, printable.Text(line))
				} else {
					fmt.Fprintln(w, line)
				}
			}
		}
	})
	return func() {
		close(done)
		ended.Wait()
	}
}

func progressLine(s drive.Status, elapsed, total time.Duration) string {
	line := fmt.Sprintf("%s of %s  %d/%d cars connected  %d messages, %d sent, %d acknowledged",
		elapsed.Round(time.Second), total.Round(time.Second), s.Connected, s.Cars, s.Queued, s.Sent, s.Acked)
	if total == 0 {
		line = strings.Replace(line, " of 0s", "", 1)
	}
	if s.Trouble != nil {
		line += "  (" + s.Trouble.Error() + ")"
	}
	if r := []rune(line); len(r) > lineWidth {
		line = string(r[:lineWidth-3]) + "..."
	}
	return strings.ReplaceAll(line, "\n", " ")
}

// lockedWriter serializes writes from several goroutines.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// isTerminal reports whether w is a terminal, on which a line can be updated. /dev/null is a character device but not a terminal.
func isTerminal(w io.Writer) bool {
	if p, ok := w.(printable.Writer); ok {
		w = p.To
	}
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	return term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}
