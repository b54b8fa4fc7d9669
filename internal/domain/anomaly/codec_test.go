package anomaly_test

import (
	"encoding/binary"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/telemetry"
)

var update = flag.Bool("update", false, "write the golden of the present form")

// hotDrive observes a drive of 20 minutes that ends with an overheated engine. The golden files of stored memories are made from it.
func hotDrive(w *watched) {
	w.each(0, 1200, func(n int) telemetry.Signals {
		coolant := min(90, 20+float64(n)/5)
		if n > 1190 {
			coolant = 118
		}
		return telemetry.Signals{
			telemetry.LowVoltageSystemState: telemetry.Text("ON"), telemetry.PowertrainType: telemetry.Text("COMBUSTION"),
			telemetry.Speed: telemetry.Number(float64(50 + n%7)), telemetry.EngineSpeed: telemetry.Number(float64(2000 + n%9)),
			telemetry.EngineCoolant:         telemetry.Number(coolant),
			telemetry.TirePressureFrontLeft: telemetry.Number(240), telemetry.TirePressureFrontRight: telemetry.Number(241),
			telemetry.TirePressureRearRight: telemetry.Number(232), telemetry.TirePressureRearLeft: telemetry.Number(230 + float64(n%3)),
		}
	})
}

// afterHotDrive observes ten more minutes, with an engine that has cooled and a tyre that has lost pressure.
func afterHotDrive(w *watched) {
	w.each(1201, 1800, func(int) telemetry.Signals {
		return telemetry.Signals{
			telemetry.EngineCoolant:         telemetry.Number(105),
			telemetry.TirePressureFrontLeft: telemetry.Number(240), telemetry.TirePressureFrontRight: telemetry.Number(241),
			telemetry.TirePressureRearRight: telemetry.Number(232), telemetry.TirePressureRearLeft: telemetry.Number(205),
		}
	})
}

func golden(t testing.TB, form string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", form+".hex"))
	require.NoError(t, err)
	b, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	require.NoError(t, err)
	return b
}

// A car's memory outlives the version of the function that wrote it: baselines take weeks to learn, and only the memory knows which
// alerts are open. A golden file is never rewritten; a new form gets a new file.
func TestStoredMemoriesOfEveryFormGoOn(t *testing.T) {
	if *update {
		w := &watched{t: t}
		hotDrive(w)
		var out strings.Builder
		for b := w.stored; len(b) > 0; b = b[min(48, len(b)):] {
			out.WriteString(hex.EncodeToString(b[:min(48, len(b))]) + "\n")
		}
		require.NoError(t, os.WriteFile(filepath.Join("testdata", "memory-form-2.hex"), []byte(out.String()), 0o600))
	}
	for _, form := range []string{"memory-form-1", "memory-form-2"} {
		t.Run(form, func(t *testing.T) {
			w := &watched{t: t, stored: golden(t, form)}
			afterHotDrive(w)
			require.Len(t, w.told, 2)
			assert.Equal(t, "-engine_overheat", w.keys()[0], "the alert that was open resolves")
			assert.True(t, strings.HasPrefix(w.told[1].DedupKey, "anomaly."+telemetry.TirePressureRearLeft+"#unusual"), "the baselines are known")
		})
	}
}

func TestWatchingOtherSignalsKeepsTheForm(t *testing.T) {
	const car, signals, progress, bases = 1, 2, 3, 4 // tags of sections
	for name, change := range map[string]func(b []byte) []byte{
		"a signal that is no longer watched": func(b []byte) []byte { return edit(b, signals, addRecord) },
		"a rule that is gone":                func(b []byte) []byte { return edit(b, progress, addRecord) },
		"a baseline that is gone":            func(b []byte) []byte { return edit(b, bases, addRecord) },
		"fields of a later version":          func(b []byte) []byte { return edit(b, bases, addField) },
		"a field of the car that is gone":    func(b []byte) []byte { return edit(b, car, addField) },
		"a section of a later version":       func(b []byte) []byte { return append(b, 77, 1, 1, 0, 9, 9, 9) },
	} {
		t.Run(name, func(t *testing.T) {
			w := &watched{t: t, stored: change(golden(t, "memory-form-2"))}
			afterHotDrive(w)
			assert.Len(t, w.told, 2)
			assert.Equal(t, "-engine_overheat", w.keys()[0])
		})
	}
	t.Run("a signal that is watched from now on", func(t *testing.T) {
		w := &watched{t: t, stored: golden(t, "memory-form-2")} // the drive had no fuel level
		w.each(1201, 1262, number(telemetry.FuelLevel, 7))
		assert.Contains(t, w.keys(), "fuel_low")
	})
}

// section is a decoded section of a stored memory.
type section struct {
	tag     byte
	size    int // bytes of a record, with its id
	records []byte
}

// edit applies change to the sections with that tag.
func edit(b []byte, tag byte, change func(section) section) []byte {
	out := b[:1:1]
	for b = b[1:]; len(b) > 0; {
		s := section{tag: b[0], size: 2 + int(b[1])}
		n := s.size * int(binary.LittleEndian.Uint16(b[2:]))
		s.records, b = b[4:4+n], b[4+n:]
		if s.tag == tag {
			s = change(s)
		}
		out = append(out, s.tag, byte(s.size-2))
		out = binary.LittleEndian.AppendUint16(out, uint16(len(s.records)/s.size))
		out = append(out, s.records...)
	}
	return out
}

// addRecord adds a record with an unknown id.
func addRecord(s section) section {
	record := make([]byte, s.size)
	binary.LittleEndian.PutUint16(record, 0xfffe)
	s.records = append(record, s.records...)
	return s
}

// addField adds a byte to every record.
func addField(s section) section {
	var wider []byte
	for r := s.records; len(r) > 0; r = r[s.size:] {
		wider = append(append(wider, r[:s.size]...), 0xff)
	}
	return section{tag: s.tag, size: s.size + 1, records: wider}
}

func TestFieldsOfALaterVersionAreZeroBefore(t *testing.T) {
	stored := edit(golden(t, "memory-form-2"), 4, func(s section) section {
		var narrower []byte
		for r := s.records; len(r) > 0; r = r[s.size:] {
			narrower = append(narrower, r[:s.size-8]...) // without the last field, the beginning of the bucket
		}
		return section{tag: s.tag, size: s.size - 8, records: narrower}
	})
	w := &watched{t: t, stored: stored}
	afterHotDrive(w)
	assert.Len(t, w.told, 2)
}

func TestDecodeRefuses(t *testing.T) {
	for name, b := range map[string][]byte{
		"a form of a later version":    {99, 1},
		"the first form, cut off":      golden(t, "memory-form-1")[:100],
		"half of a section's head":     {2, 1, 8},
		"records that are not there":   {2, 1, 8, 2, 0, 1, 2, 3},
		"the present form, cut off":    golden(t, "memory-form-2")[:100],
		"the present form, and a tail": append(golden(t, "memory-form-2"), 1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := anomaly.Decode(b)
			require.ErrorIs(t, err, anomaly.ErrForm)
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(golden(f, "memory-form-1"))
	f.Add(golden(f, "memory-form-2"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := anomaly.Decode(b)
		if err != nil {
			return
		}
		stored := m.Encode()
		require.LessOrEqual(t, len(stored), anomaly.MaxSize)
		again, err := anomaly.Decode(stored)
		require.NoError(t, err)
		assert.Equal(t, stored, again.Encode())
		anomaly.New(anomaly.Defaults()).Observe(m, []anomaly.Sample{{At: noon, Signals: telemetry.Signals{telemetry.Speed: telemetry.Number(1)}}}, noon.Add(time.Second))
	})
}
