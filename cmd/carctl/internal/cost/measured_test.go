package cost_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"path"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/oklog/ulid/v2"
	"github.com/stretchr/testify/require"

	"connectedcar/analytics"
	"connectedcar/internal/device/sim"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/lake"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/names"
	"connectedcar/internal/twin/firehose"
	"connectedcar/internal/vin"
)

// The fleet that is measured: its cars drive for that time and send a message per second. Messages of several cars in turn compress less
// than messages of one car.
const (
	fleet  = 30
	driven = 5 * time.Minute
)

var began = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// drives returns the messages of cars with all powertrains in turn, as the rule puts them on the stream.
func drives(t *testing.T) []firehose.Record {
	t.Helper()
	var cars []*sim.Car
	var vins []vin.VIN
	chance := rand.NewChaCha8([32]byte{7})
	for n := range fleet {
		v := vin.VIN(fmt.Sprintf("WCC000000000000%02d", n))
		vins = append(vins, v)
		cars = append(cars, sim.New(sim.Settings{
			VIN: v, Seed: 7, Powertrain: []vehicle.Powertrain{vehicle.Combustion, vehicle.Hybrid, vehicle.Electric}[n%3], Start: began, Duration: driven,
			Interval: time.Second, AmbientC: 18, BootID: newID(chance, began), NewID: func(at time.Time) string { return newID(chance, at) },
		}))
	}
	var all []firehose.Record
	for open := true; open; {
		open = false
		for n, c := range cars {
			m, ok := c.Next()
			open = open || ok
			if body, telemetric := m.Body.(telemetry.Message); ok && telemetric && m.Kind == names.Telemetry {
				all = append(all, stamped(t, body, vins[n], m.At))
			}
		}
	}
	require.Greater(t, len(all), fleet*200)
	return all
}

// newID returns a ULID with random bits, which do not compress.
func newID(chance io.Reader, at time.Time) string {
	return ulid.MustNew(ulid.Timestamp(at), chance).String()
}

func stamped(t *testing.T, m telemetry.Message, v vin.VIN, at time.Time) firehose.Record {
	t.Helper()
	b, err := json.Marshal(telemetry.Received{Message: m, VIN: string(v), ClientID: string(v), IngestedAt: at.UnixMilli()})
	require.NoError(t, err)
	return firehose.Record{Data: b, PartitionKey: string(v), SequenceNumber: fmt.Sprintf("%020d", at.UnixMilli()), ArrivedAt: at}
}

// factory runs the lake's pipeline and counts its output. It stands in for the delivery stream's source, function and bucket.
type factory struct {
	records          []firehose.Record
	transformer      *lake.Transformer
	rows, rowBytes   int
	parquet, raw     int
	other            []string // keys of objects that are neither Parquet nor raw
	putBack, refused int
}

func (f *factory) Next(context.Context) ([]firehose.Record, error) { return f.records, nil }
func (f *factory) Note() error                                     { return nil }

func (f *factory) Put(_ context.Context, key string, body []byte) error {
	switch path.Ext(key) {
	case ".parquet":
		f.parquet += len(body)
	case ".gz":
		f.raw += len(body)
	default:
		f.other = append(f.other, key)
	}
	return nil
}

func (f *factory) Run(ctx context.Context, event []byte) ([]byte, error) {
	var in events.KinesisFirehoseEvent
	if err := json.Unmarshal(event, &in); err != nil {
		return nil, err
	}
	var records []lake.Record
	for _, r := range in.Records {
		records = append(records, lake.Record{ID: r.RecordID, Data: r.Data, PartitionKey: r.KinesisFirehoseRecordMetadata.PartitionKey})
	}
	results, err := f.transformer.Transform(ctx, records)
	if err != nil {
		return nil, err
	}
	var out events.KinesisFirehoseResponse
	for n, r := range results {
		f.rows, f.rowBytes = f.rows+r.Count, f.rowBytes+len(r.Rows)
		out.Records = append(out.Records, events.KinesisFirehoseResponseRecord{
			RecordID: in.Records[n].RecordID, Result: events.KinesisFirehoseTransformedStateOk, Data: r.Rows,
			Metadata: events.KinesisFirehoseResponseRecordMetadata{PartitionKeys: map[string]string{"day": r.Day, "hour": r.Hour}},
		})
	}
	return json.Marshal(out)
}

func (f *factory) Models(context.Context, []vin.VIN) (map[vin.VIN]lake.Model, error) {
	return map[vin.VIN]lake.Model{}, nil
}
func (f *factory) Keep(_ context.Context, e []ingest.Envelope) ([]int, error) {
	f.refused += len(e)
	return nil, nil
}
func (f *factory) PutBack(_ context.Context, r []lake.Record) ([]int, error) {
	f.putBack += len(r)
	return nil, nil
}

// measured runs simulated cars' messages through the platform's own code and returns the inputs with the source Measured.
func measured(t *testing.T) map[string]float64 {
	t.Helper()
	records := drives(t)
	f := &factory{records: records}
	f.transformer = &lake.Transformer{Models: f, Failures: f, Stream: f, MaxBytes: 6 << 20}
	d := &firehose.Delivery{
		Settings: firehose.Settings{Name: "lake", InputBytes: 838_860, Prefix: "rows/", ErrorPrefix: "errors/", Raw: "raw/"},
		Source:   f, Function: f, Objects: f, Columns: columns(), Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return began },
	}
	n, err := d.Once(t.Context())
	require.NoError(t, err)
	require.Equal(t, len(records), n)
	require.Empty(t, f.other)
	require.Zero(t, f.refused+f.putBack)
	size := 0
	for _, r := range records {
		size += len(r.Data)
	}
	table := newTables(t, records)
	each := func(sum int) float64 { return float64(sum) / float64(n) }
	return map[string]float64{
		"message.bytes": each(size), "message.rows": each(f.rows), "message.row_bytes": each(f.rowBytes), "message.parquet_bytes": each(f.parquet),
		"message.raw_bytes": each(f.raw), "history.bytes": each(table.historyBytes), "history.writes": each(table.historyWrites),
		"state.writes": each(table.stateWrites), "state.reads": each(table.stateReads),
	}
}

func columns() []firehose.Column {
	var all []firehose.Column
	for _, c := range analytics.Columns() {
		all = append(all, firehose.Column{Name: c.Name, Type: c.Type})
	}
	return all
}
