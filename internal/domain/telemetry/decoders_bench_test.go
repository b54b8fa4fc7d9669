package telemetry

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
)

// BenchmarkDecoders compares decoders of one message, for docs/decisions/17-two-decoders.md: the scanner, the decoder by encoding/json
// that names errors, and one pass over the tokens of JSON v2, which could do both.
func BenchmarkDecoders(b *testing.B) {
	message := []byte(plainMessage)
	want, err := receivedByJSON(message)
	require.NoError(b, err)
	for _, decoder := range []struct {
		name   string
		decode func([]byte) (Received, error)
	}{
		{"scanner", DecodeReceived},
		{"tokens of JSON v2", receivedByTokens},
		{"encoding-json", receivedByJSON},
	} {
		b.Run(decoder.name, func(b *testing.B) {
			got, err := decoder.decode(message)
			require.NoError(b, err)
			require.Equal(b, want, got)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := decoder.decode(message); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

var errToken = errors.New("another token")

// tokens decodes a message from the tokens of JSON v2, with the same checks as scan.
type tokens struct{ *jsontext.Decoder }

func receivedByTokens(b []byte) (r Received, err error) {
	t := tokens{jsontext.NewDecoder(bytes.NewBuffer(b))}
	return r, t.object(func(key string) error {
		switch key {
		case "message":
			return t.object(func(key string) error { return t.field(&r.Message, key) })
		case "vin":
			return t.text(&r.VIN)
		case "clientId":
			return t.text(&r.ClientID)
		case "ingestedAt":
			return t.integer(&r.IngestedAt)
		}
		return errToken
	})
}

func (t tokens) field(m *Message, key string) error {
	switch key {
	case "schema":
		return t.text(&m.Schema)
	case "id":
		return errors.Join(t.text(&m.ID), check(IsULID(m.ID)))
	case "ts":
		var text string
		err := t.text(&text)
		m.TS, _ = time.Parse(time.RFC3339, text)
		return err
	case "bootId":
		return errors.Join(t.text(&m.BootID), check(isBootID(m.BootID)))
	case "seq":
		var n int64
		err := t.integer(&n)
		m.Seq = uint64(n)
		return err
	case "tripId":
		return errors.Join(t.text(&m.TripID), check(IsULID(m.TripID)))
	case "signals":
		return t.signals(&m.Signals)
	case "batch":
		return t.list(func() error {
			var sample Sample
			err := t.object(func(key string) error {
				if key == "dtMs" {
					return t.integer(&sample.DtMs)
				}
				return t.signals(&sample.Signals)
			})
			m.Batch = append(m.Batch, sample)
			return err
		})
	}
	return errToken
}

func (t tokens) signals(into *Signals) error {
	*into = Signals{}
	return t.object(func(path string) error {
		signal, known := catalogued[path]
		if !known {
			signal = &Signal{Path: path}
		}
		v, err := t.value()
		(*into)[signal.Path] = v
		return errors.Join(err, check(disallowed(v, *signal, known) == ""))
	})
}

func (t tokens) value() (Value, error) {
	if t.PeekKind() == '[' {
		texts := []string{}
		err := t.list(func() error {
			var text string
			err := t.text(&text)
			texts = append(texts, text)
			return err
		})
		return Texts(texts...), err
	}
	token, err := t.ReadToken()
	if err != nil {
		return Null, err
	}
	switch token.Kind() {
	case '0':
		f, err := token.Float()
		return Number(f), err
	case '"':
		return Text(token.String()), nil
	case 't', 'f':
		return Bool(token.Bool()), nil
	}
	return Null, nil
}

func (t tokens) object(member func(key string) error) error {
	return t.within('{', '}', func() error {
		key, err := t.ReadToken()
		if err != nil {
			return err
		}
		return member(key.String())
	})
}

func (t tokens) list(element func() error) error { return t.within('[', ']', element) }

func (t tokens) within(opens, closes jsontext.Kind, element func() error) error {
	token, err := t.ReadToken()
	if err != nil || token.Kind() != opens {
		return errors.Join(err, errToken)
	}
	for t.PeekKind() != closes {
		if err := element(); err != nil {
			return err
		}
	}
	_, err = t.ReadToken()
	return err
}

func (t tokens) text(into *string) error {
	token, err := t.ReadToken()
	if err != nil || token.Kind() != '"' {
		return errors.Join(err, errToken)
	}
	*into = token.String()
	return nil
}

func (t tokens) integer(into *int64) error {
	token, err := t.ReadToken()
	if err != nil {
		return err
	}
	*into, err = token.Int()
	return err
}

func check(ok bool) error {
	if !ok {
		return errToken
	}
	return nil
}
