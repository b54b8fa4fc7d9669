// Package replay reads the CSV exports of OBD-II loggers (apps and dongles) and turns their rows into telemetry. Loggers differ in
// delimiter, decimal mark, units, names and time, so each of these is recognised. A value that cannot be read is counted with the reason
// and never guessed.
package replay

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"connectedcar/internal/device/replay/sheet"
	"connectedcar/internal/domain/telemetry"
)

// MaxBytes is the largest size of a log, in bytes.
const MaxBytes = 512 << 20

// Options hold facts that a log may lack.
type Options struct {
	// Interval is the time between two rows of a car if the log has no usable time. Default: 1 s.
	Interval time.Duration
}

// Log is a parsed file.
type Log struct {
	Cars   []Car // in the order in which the file names them
	Report Report
}

// Car is the recording of one car.
type Car struct {
	Label    string // as in the column that names the car; empty if the log has none
	Absolute bool   // At of the samples is calendar time; otherwise it counts from the car's first row
	Samples  []Sample
}

// Sample is one row.
type Sample struct {
	Line    int           // line in the file, counted from 1
	At      time.Duration // since the Unix epoch if Absolute, else since the car's first row
	Anew    bool          // the log's count of time restarted: another drive, an unknown time after the one before
	Signals telemetry.Signals
}

// Span is the time from the first to the last sample.
func (c Car) Span() time.Duration {
	if len(c.Samples) == 0 {
		return 0
	}
	return c.Samples[len(c.Samples)-1].At - c.Samples[0].At
}

// Keep removes the cars for which keep is false. Their rows count as skipped, with that reason.
func (l *Log) Keep(keep func(i int) bool, reason string) {
	var kept []Car
	for i, c := range l.Cars {
		if keep(i) {
			kept = append(kept, c)
			continue
		}
		for _, s := range c.Samples {
			l.Report.skip(reason, s.Line)
		}
		l.Report.Valid -= len(c.Samples)
	}
	l.Cars = kept
}

// Errors for logs without any usable row.
var (
	ErrEmpty   = sheet.ErrEmpty
	ErrTooLong = fmt.Errorf("the file is longer than %d MB", MaxBytes>>20)
)

// Read reads a log. A row that cannot be used is skipped and reported. Read fails only if the log has no usable row or is larger than
// MaxBytes.
func Read(r io.Reader, o Options) (*Log, error) {
	if o.Interval <= 0 {
		o.Interval = time.Second
	}
	raw, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	if len(raw) > MaxBytes {
		return nil, ErrTooLong
	}
	s, err := sheet.Read(raw, scoreHeader)
	if err != nil {
		return nil, err
	}
	l := newLayout(s)
	if err := l.check(); err != nil {
		return nil, err
	}
	return l.read(o), nil
}

// drive is one car's rows.
type drive struct {
	car    Car
	stamps []stamp
}

// read turns the rows into samples, by car.
func (l *layout) read(o Options) *Log {
	cars := map[string]*drive{}
	var order []*drive
	for i, row := range l.Rows {
		label, ok := l.vehicleOf(row)
		if !ok {
			l.report.skip("no vehicle named", row.Line)
			continue
		}
		signals := l.signalsOf(row)
		l.positions.add(signals, i)
		if len(signals) == 0 {
			l.report.skip("no value in a recognised column", row.Line)
			continue
		}
		d := cars[carKey(label)]
		if d == nil {
			d = &drive{car: Car{Label: canonical(label)}}
			cars[carKey(label)] = d
			order = append(order, d)
		}
		d.car.Samples = append(d.car.Samples, Sample{Line: row.Line, Signals: signals})
		d.stamps = append(d.stamps, l.stamps[i])
		l.report.Valid++
	}
	log := &Log{}
	for _, d := range order {
		var remarks []string
		d.car.Absolute, remarks = assignTimes(d.car.Samples, d.stamps, o.Interval, l.times.start)
		for _, remark := range remarks {
			l.note("%s", remark)
		}
		slices.SortStableFunc(d.car.Samples, func(a, b Sample) int { return cmp.Compare(a.At, b.At) })
		log.Cars = append(log.Cars, d.car)
	}
	log.Report = l.report
	return log
}
