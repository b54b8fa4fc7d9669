package telemetry

import "fmt"

// MaxRowBytes is the largest size of a row, one sample with the values of one time: 512 numbers with paths of fifty characters. DynamoDB
// bills and reads whole items, and rejects those over 400 KB.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const MaxRowBytes = 32 << 10

// valueBytes is the most bytes that DynamoDB counts for a number, a boolean or null.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
const valueBytes = 21

// Size returns the number of bytes of the paths and values, about as DynamoDB counts them.
func (s Signals) Size() int {
	n := 0
	for path, v := range s {
		n += len(path) + v.size()
	}
	return n
}

func (v Value) size() int {
	switch v.kind {
	case KindText:
		return len(v.text) + 1
	case KindTexts:
		n := 3
		for _, s := range v.texts {
			n += len(s) + 1
		}
		return n
	default:
		return valueBytes
	}
}

// CheckSize returns an error if a row of these signals would exceed the signals or bytes of one sample.
func (s Signals) CheckSize() error {
	if len(s) > MaxSignals {
		return fmt.Errorf("a sample has %d signals; allowed are %d", len(s), MaxSignals)
	}
	if size := s.Size(); size > MaxRowBytes {
		return fmt.Errorf("a sample has %d bytes; allowed are %d", size, MaxRowBytes)
	}
	return nil
}

// CheckSizes checks every sample of a message.
func (m Message) CheckSizes() error {
	if err := m.Signals.CheckSize(); err != nil {
		return err
	}
	for n, sample := range m.Batch {
		if err := sample.Signals.CheckSize(); err != nil {
			return fmt.Errorf("batch[%d]: %w", n, err)
		}
	}
	return nil
}
