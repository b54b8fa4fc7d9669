package redrive_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/ingest"
	rejected "connectedcar/internal/domain/message"
	"connectedcar/internal/names"
	"connectedcar/internal/tool/redrive"
)

// fleet is a small model of telemetry: a stream with two consumers. Each quarantines the messages that it rejects, and counts the others.
type fleet struct {
	stream          *stream
	telemetry, lake *queue
	home            map[string]int // messages that were accepted, by content
	refuse          func(payload string) rejected.Reason
	read            int
}

func newFleet() *fleet {
	return &fleet{stream: &stream{}, telemetry: &queue{}, lake: &queue{}, home: map[string]int{}}
}

// deliver passes the new records of the stream to both consumers.
func (f *fleet) deliver() {
	for _, record := range f.stream.records[f.read:] {
		f.read++
		key, payload, _ := strings.Cut(record, " ")
		_, _, reason, err := ingest.Judge([]byte(payload), key)
		if err == nil && f.refuse != nil {
			reason = f.refuse(payload)
		}
		if reason == "" {
			f.home[payload]++
			continue
		}
		body, _ := json.Marshal(ingest.Envelope{
			Reason: reason, Detail: fmt.Sprint("of ", f.read), VIN: key, PartitionKey: key, Payload: []byte(payload), SequenceNumber: fmt.Sprint(f.read), ReceivedAt: time.Now(),
		})
		f.telemetry.add(string(body))
		f.lake.add(string(body))
	}
}

func (f *fleet) failures() []redrive.Failures {
	source := redrive.Telemetry{
		Stream: redrive.Stream{API: f.stream, Name: "telemetry"},
		Judge:  func(key string, payload []byte) error { return redrive.Judge(string(names.Telemetry), key, payload) },
	}
	return []redrive.Failures{
		{Kind: "telemetry", Store: redrive.Queue{API: f.telemetry}, Source: source},
		{Kind: "lake", Family: "telemetry", Store: redrive.Queue{API: f.lake}, Source: source},
	}
}

// telemetryOf is a message as the rule puts it on the stream. Its sample had that age when the rule received the message.
func telemetryOf(n int, received time.Time, old time.Duration) string {
	at := received.Add(-old).UTC().Format(names.TimestampLayout)
	return fmt.Sprintf(`%s {"message":{"schema":"telemetry/1","id":"01KAFK9F00ABCDEFGHJKMN%04d","ts":%q,"bootId":"b","seq":%d,"signals":{"Vehicle.Speed":50}},`+
		`"vin":%q,"clientId":%q,"ingestedAt":%d}`, car, n, at, n, car, car, received.UnixMilli())
}

func TestOnlyWhatTimeMendedComesHomeAndOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const each = 100
		f, objects := newFleet(), bucketObjects{}
		took := time.Now()
		f.refuse = func(string) rejected.Reason { return rejected.Unstorable } // for a limited time
		for n := range each {
			f.stream.records = append(f.stream.records, telemetryOf(n, took, time.Second), telemetryOf(each+n, took, 30*24*time.Hour))
		}
		time.Sleep(time.Hour)
		f.deliver()
		f.refuse = nil
		time.Sleep(time.Second)

		for run, want := range []redrive.Result{
			{Returned: each, Copies: each, Kept: map[string]int{"it would be refused again (too_old), however often: edit it, or drop it": 2 * each}},
			{Kept: map[string]int{"it would be refused again (too_old), however often: edit it, or drop it": 2 * each}},
		} {
			r, err := redrive.Run(t.Context(), f.failures(), ledger(objects), redrive.Options{})
			require.NoError(t, err)
			assert.Equal(t, want, r, "run %d", run+1)
			f.deliver()
			time.Sleep(time.Minute)
			groups, err := redrive.List(t.Context(), f.failures(), ledger(objects), 0)
			require.NoError(t, err)
			require.Len(t, groups, 1, "one entry for both readers")
			assert.Equal(t, each, groups[0].Count)
			assert.Equal(t, []string{"telemetry", "lake"}, groups[0].Kinds)
			assert.Equal(t, took.UnixMilli(), groups[0].First.UnixMilli(), "the first time, not that of the last round")
		}
		assert.Len(t, f.home, each)
		for payload, times := range f.home {
			assert.Equal(t, 1, times, payload)
		}
		dropped, err := redrive.Drop(t.Context(), f.failures(), ledger(objects), redrive.Options{Reason: "too_old"})
		require.NoError(t, err)
		assert.Equal(t, each, dropped)
		assert.Zero(t, f.telemetry.visible()+f.lake.visible())
		archived := 0
		for key, body := range objects {
			if strings.HasPrefix(key, "redrive/dropped/telemetry/") {
				archived++
				assert.Contains(t, body, `"reason": "too_old"`)
			}
		}
		assert.Equal(t, each, archived)
	})
}

// The table rejects a row for a reason that is not in the message: the validation of the message finds nothing wrong.
func TestAMessageThatFailsAfterItWasBroughtBackGoesAgainOnlyWhenAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, objects := newFleet(), bucketObjects{}
		took := time.Now()
		f.refuse = func(string) rejected.Reason { return rejected.Unstorable }
		for n := range 21 {
			f.stream.records = append(f.stream.records, telemetryOf(n, took, 0))
		}
		time.Sleep(time.Hour)
		f.deliver()
		round := func(o redrive.Options) redrive.Result {
			time.Sleep(time.Minute)
			r, err := redrive.Run(t.Context(), f.failures(), ledger(objects), o)
			require.NoError(t, err)
			f.deliver()
			return r
		}
		assert.Equal(t, 21, round(redrive.Options{}).Returned)
		refused := map[string]int{"it was brought back before: if it failed again, mend the cause and run --again; or drop it": 42}
		for range 3 {
			assert.Equal(t, redrive.Result{Kept: refused}, round(redrive.Options{}))
			assert.Equal(t, 21, f.telemetry.visible())
			assert.Equal(t, 21, f.lake.visible())
		}
		f.refuse = nil
		assert.Equal(t, redrive.Result{Returned: 21, Copies: 21, Kept: map[string]int{}}, round(redrive.Options{Again: true}))
		assert.Len(t, f.home, 21)
		assert.Zero(t, f.telemetry.visible()+f.lake.visible())
	})
}

func TestAnEditedMessageGoesBackAndTheFailedOneIsArchived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, objects := newFleet(), bucketObjects{}
		took := time.Now()
		f.stream.records = append(f.stream.records, telemetryOf(1, took, 30*24*time.Hour))
		f.deliver()
		time.Sleep(time.Second)
		var shown []redrive.Entry
		require.NoError(t, redrive.Show(t.Context(), f.failures()[:1], ledger(objects), redrive.Options{}, func(e redrive.Entry) { shown = append(shown, e) }))
		require.Len(t, shown, 1)
		assert.Contains(t, shown[0].Detail, "old; allowed is up to")

		edit := func(change func([]byte) ([]byte, error)) error {
			return redrive.Edit(t.Context(), f.failures(), ledger(objects), shown[0].ID, change)
		}
		same := func(b []byte) ([]byte, error) { return b, nil }
		require.ErrorContains(t, edit(same), "old; allowed is up to", "the edited message is refused as the failed one was")
		require.ErrorContains(t, edit(func([]byte) ([]byte, error) { return nil, errors.New("the editor ended with 1") }), "the editor ended with 1")
		assert.Equal(t, 2, f.telemetry.visible()+f.lake.visible())
		assert.Empty(t, objects)

		_, mended, _ := strings.Cut(telemetryOf(1, took, 0), " ")
		require.NoError(t, edit(func([]byte) ([]byte, error) { return []byte(mended), nil }))
		f.deliver()
		assert.Equal(t, map[string]int{mended: 1}, f.home)
		assert.Zero(t, f.telemetry.visible()+f.lake.visible())
		assert.Len(t, objects, 2, "what failed, as each queue had it")
		require.ErrorContains(t, edit(same), "there is no message "+shown[0].ID)
	})
}
