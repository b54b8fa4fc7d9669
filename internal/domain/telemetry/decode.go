package telemetry

import (
	"encoding/json"
	"fmt"

	"connectedcar/internal/domain/message"
)

// Limits of a message besides its size. The schema has the same ones.
const (
	MaxSignals    = 512                   // signals in one sample
	MaxBatch      = 1000                  // samples in one batch
	MaxDtMs       = 7 * 24 * 3600_000     // most milliseconds between a sample and its message's TS
	MaxSeq        = 1<<53 - 1             // the largest integer that every JSON reader represents exactly
	MaxPathLength = 128                   // bytes of a signal's path
	MaxText       = 256                   // characters of a text value
	MaxTexts      = 64                    // elements of a list value
	MaxTextsText  = 32                    // characters of an element of a list
	MaxNumber     = 1_000_000_000_000_000 // largest magnitude of a number
)

func invalid(field string, raw []byte, allowed string) error {
	value := string(raw)
	switch {
	case raw == nil:
		value = "missing"
	case len(raw) > 64:
		value = string(raw[:64]) + "..."
	}
	return &message.FieldError{Field: field, Value: value, Allowed: allowed}
}

// Decode decodes a message as a car publishes it and validates it against the schema: every field must be known and spelled exactly,
// every value of its kind and within the limits. A well-formed signal path that is not in the catalogue may have a value of
// any kind, so that a car can send more than this version of the platform knows. TS is truncated to milliseconds.
//
// The error wraps message.ErrNotJSON or is a *message.FieldError.
func Decode(b []byte) (Message, error) {
	if len(b) > MaxBytes {
		return Message{}, invalid("message", fmt.Appendf(nil, "%d bytes long", len(b)), fmt.Sprintf("up to %d bytes", MaxBytes))
	}
	fields, err := object(b)
	if err != nil {
		return Message{}, err
	}
	return decodeMessage(fields)
}

// DecodeReceived decodes a message as the rules engine forwards it: a car's message with the three stamps. It does not check that the
// stamps agree with each other: see Received.Car.
func DecodeReceived(b []byte) (Received, error) {
	if r, ok := scanReceived(b); ok {
		return r, nil
	}
	return receivedByJSON(b)
}

// receivedByJSON accepts any JSON, and names the invalid field in its error.
func receivedByJSON(b []byte) (Received, error) {
	m, err := message.Open(b)
	r := Received{VIN: m.VIN(), ClientID: m.ClientID(), IngestedAt: m.IngestedAt()}
	switch {
	case err != nil:
		return r, err
	case r.ClientID == "":
		return r, invalid("clientId", nil, "the client id that the rule stamped")
	}
	r.Message, err = decodeMessage(m.Fields)
	return r, err
}

func object(b []byte) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return nil, fmt.Errorf("%w: %w", message.ErrNotJSON, err)
	}
	if fields == nil {
		return nil, fmt.Errorf("%w: null", message.ErrNotJSON)
	}
	return fields, nil
}

func decodeMessage(fields map[string]json.RawMessage) (m Message, err error) {
	if err := onlyKnown(fields, "", messageFields); err != nil {
		return Message{}, err
	}
	if raw := fields["schema"]; string(raw) != `"`+Schema+`"` {
		if m.Schema, err = text(fields, "schema", Schema); err != nil || m.Schema != Schema {
			return Message{}, invalid("schema", raw, `"`+Schema+`"`)
		}
	}
	m.Schema = Schema
	if m.ID, err = ulid(fields, "id"); err != nil {
		return Message{}, err
	}
	if m.TS, err = timestamp(fields, "ts"); err != nil {
		return Message{}, err
	}
	if m.BootID, err = bootID(fields, "bootId"); err != nil {
		return Message{}, err
	}
	seq, err := wholeNumber(fields, "seq", "", 0, MaxSeq)
	if err != nil {
		return Message{}, err
	}
	m.Seq = uint64(seq) // wholeNumber has checked that it is not negative
	if _, given := fields["tripId"]; given {
		if m.TripID, err = ulid(fields, "tripId"); err != nil {
			return Message{}, err
		}
	}
	if m.Signals, err = signals(fields["signals"], "signals"); err != nil {
		return Message{}, err
	}
	if m.Batch, err = batch(fields["batch"]); err != nil {
		return Message{}, err
	}
	return m, nil
}

var messageFields = []string{"schema", "id", "ts", "bootId", "seq", "tripId", "signals", "batch"}

// batch decodes the list of further samples; nil if there is none.
func batch(raw json.RawMessage) ([]Sample, error) {
	if raw == nil {
		return nil, nil
	}
	allowed := fmt.Sprintf("a list of up to %d samples", MaxBatch)
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil || elements == nil || len(elements) > MaxBatch {
		return nil, invalid("batch", raw, allowed)
	}
	samples := make([]Sample, len(elements))
	for i, element := range elements {
		prefix := fmt.Sprintf("batch[%d]", i)
		fields, err := object(element)
		if err != nil {
			return nil, invalid(prefix, element, "an object with dtMs and signals")
		}
		if err := onlyKnown(fields, prefix+".", []string{"dtMs", "signals"}); err != nil {
			return nil, err
		}
		if samples[i].DtMs, err = wholeNumber(fields, "dtMs", prefix+".", -MaxDtMs, MaxDtMs); err != nil {
			return nil, err
		}
		if samples[i].Signals, err = signals(fields["signals"], prefix+".signals"); err != nil {
			return nil, err
		}
	}
	return samples, nil
}
