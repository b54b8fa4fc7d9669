package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/domain/lake"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/errs"
	"connectedcar/internal/names"
)

// channel is the lake.Stream for AWS IoT Analytics: it cannot put messages back, but the service's channel keeps all of them anyway.
type channel struct{}

var errTooLarge = errors.New("the rows of this batch do not fit into one answer: make the batch of the pipeline's activity smaller and process the channel again")

func (channel) PutBack(_ context.Context, records []lake.Record) ([]int, error) {
	left := make([]int, len(records))
	for n := range left {
		left[n] = n
	}
	return left, errTooLarge
}

// messages processes an event of a lambda activity of AWS IoT Analytics: it maps messages to messages, here rows. Invalid messages have no
// row. An error fails the batch, which the service retries.
func (h *handler) messages(ctx context.Context, in []json.RawMessage) ([]json.RawMessage, error) {
	records := make([]lake.Record, len(in))
	for n, m := range in {
		records[n] = lake.Record{ID: "message", Data: m, PartitionKey: stampedVIN(m), ArrivedAt: h.now()}
	}
	results, err := h.activity.Transform(ctx, records)
	if err != nil {
		h.log.Error("batch failed", "error", err, "category", errs.Of(err).String(), "records", len(records))
		return nil, fmt.Errorf("transform %d messages: %w", len(records), err)
	}
	h.report(results)
	rows, size := []json.RawMessage{}, 0
	for _, r := range results {
		if r.Why != nil {
			return nil, r.Why
		}
		for line := range bytes.Lines(r.Rows) {
			row, err := placed(bytes.TrimSpace(line), r)
			if err != nil {
				return nil, err
			}
			rows, size = append(rows, row), size+len(row)+1
		}
	}
	if size > maxAnswer {
		return nil, errTooLarge
	}
	return rows, nil
}

// placed adds the fields to a row that the later activities turn into columns: they flatten the row, and compute the delay from its times.
func placed(row []byte, r lake.Result) (json.RawMessage, error) {
	var times struct {
		TS         time.Time `json:"ts"`
		IngestedAt time.Time `json:"ingested_at"`
	}
	if err := json.Unmarshal(row, &times); err != nil {
		return nil, fmt.Errorf("read the times of a row: %w", err)
	}
	return fmt.Appendf(bytes.Clone(row[:len(row)-1]), `,%q:{%q:%q,%q:%q,%q:%d,%q:%d}}`, names.LakeSample,
		names.LakeDay, r.Day, names.LakeHour, r.Hour,
		names.LakeReadMs, times.TS.UnixMilli(), names.LakeReceivedMs, times.IngestedAt.UnixMilli()), nil
}

// stampedVIN returns the VIN of the rule's stamp, which replaces the partition key: a redrive needs one.
func stampedVIN(b []byte) string {
	m, err := message.Open(b)
	if err != nil || m.VIN() == "" {
		return "unknown"
	}
	return m.VIN()
}
