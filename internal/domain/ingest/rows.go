package ingest

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

// rows are the batch's rows, one for each key: a stream may deliver a message twice, and one call may write a table's key only once.
type rows struct {
	list   []telemetry.Row
	first  []int         // index of the first record that has the row
	more   map[int][]int // indexes of the further records of a row, if several records have it
	index  map[rowKey]int
	stored int
}

// rowKey holds the parts of a row's keys.
type rowKey struct {
	vin  vin.VIN
	at   int64 // milliseconds since 1970
	seq  uint64
	boot string
}

func keyOf(row telemetry.Row) rowKey { return rowKey{row.VIN, row.At.UnixMilli(), row.Seq, row.BootID} }

// check rejects a message whose samples make a row too large, together with those of other messages with the same key: a car may not
// exceed the limit by sending a row in parts.
func (r *rows) check(samples []telemetry.Row) *refusal {
	for _, row := range samples {
		signals := row.Signals
		if n, there := r.index[keyOf(row)]; there {
			signals = signals.Merge(r.list[n].Signals)
		}
		if err := signals.CheckSize(); err != nil {
			return &refusal{message.TooLarge, fmt.Sprintf("row %s: %s", row.Sort(), err)}
		}
	}
	return nil
}

func (r *rows) add(row telemetry.Row, record int) {
	key := keyOf(row)
	if n, there := r.index[key]; there {
		r.list[n].Signals = r.list[n].Signals.Merge(row.Signals)
		if r.more == nil {
			r.more = map[int][]int{}
		}
		r.more[n] = append(r.more[n], record)
		return
	}
	r.index[key] = len(r.list)
	r.list = append(r.list, row)
	r.first = append(r.first, record)
}

// storeRows writes the rows. A row that the table will never accept must not block the shard: its messages are quarantined.
func (b *batch) storeRows(ctx context.Context, history History, failed *tracker) {
	r := &b.rows
	if len(r.list) == 0 {
		return
	}
	unstored, _ := history.PutRows(ctx, r.list)
	r.stored = len(r.list) - len(unstored)
	for _, u := range unstored {
		err := fmt.Errorf("store history of %s: %w", r.list[u.Row].VIN.Redacted(), u.Err)
		if errs.Of(u.Err) != errs.Invalid {
			failed.add(r.first[u.Row], err)
			continue
		}
		b.quarantine(append([]int{r.first[u.Row]}, r.more[u.Row]...), &refusal{message.Unstorable, err.Error()})
	}
}

// quarantine moves accepted records to the quarantined ones.
func (b *batch) quarantine(records []int, why *refusal) {
	out := make(map[int]bool, len(records))
	for _, n := range records {
		out[n] = true
	}
	b.accepted = slices.DeleteFunc(b.accepted, func(a accepted) bool { return out[a.record] })
	for _, c := range b.cars {
		c.drop(out, func(n int) {
			b.quarantined = append(b.quarantined, quarantined{record: n, Envelope: envelope(b.records[n], string(c.vin), why)})
		})
	}
	slices.SortFunc(b.quarantined, func(a, b quarantined) int { return cmp.Compare(a.record, b.record) })
}

// drop removes the car's messages of those records, and calls dropped for each.
func (c *car) drop(records map[int]bool, dropped func(record int)) {
	messages, left := c.messages[:0], c.records[:0]
	for n, record := range c.records {
		if records[record] {
			dropped(record)
			continue
		}
		messages, left = append(messages, c.messages[n]), append(left, record)
	}
	c.messages, c.records, c.sorted = messages, left, nil
}
