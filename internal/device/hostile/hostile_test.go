package hostile_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/hostile"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/event"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

const (
	attacker vin.VIN = "WVWZZZ1JZXW000001"
	victim   vin.VIN = "WVWZZZ1JZXW000002"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newCar(seed uint64) *hostile.Car {
	return &hostile.Car{VIN: attacker, Victim: victim, Random: rand.New(rand.NewPCG(seed, 1))}
}

func TestARoundHasEveryAttackOnEveryKind(t *testing.T) {
	seen, kinds := map[string]int{}, map[names.Kind]int{}
	for _, m := range newCar(1).Round(noon) {
		seen[m.Attack]++
		kinds[m.Kind]++
		assert.LessOrEqual(t, len(m.Payload), telemetry.MaxBytes, "%s: the gateway would refuse it before anybody reads it", m.Attack)
	}
	assert.Len(t, seen, len(hostile.Attacks()))
	assert.Len(t, kinds, len(names.Kinds()))
}

// stamped makes the record that the topic rule makes (lib/policy): a JSON payload nested beside the rule's stamps. Messages that are not
// JSON go to the rule's error action.
func stamped(t *testing.T, m hostile.Message) []byte {
	t.Helper()
	if !json.Valid(m.Payload) {
		return m.Payload
	}
	return fmt.Appendf(nil, `{"message":%s,"vin":%q,"clientId":%q,"ingestedAt":%d}`, m.Payload, attacker, attacker, noon.UnixMilli()+50)
}

// Tests that every record of a hostile car is attributed to that car or rejected, and stays within the size limit.
func TestNoConsumerTakesAnAttackForTheVictims(t *testing.T) {
	accepted := map[names.Kind]int{}
	for seed := range uint64(20) {
		for _, m := range newCar(seed).Round(noon) {
			b := stamped(t, m)
			var of vin.VIN
			var err error
			switch m.Kind {
			case names.Telemetry:
				var got telemetry.Received
				if got, of, _, err = ingest.Judge(b, string(attacker)); err == nil {
					require.NoError(t, got.CheckSizes(), m.Attack)
				}
			case names.Diagnostics:
				var got diagnostic.Received
				got, err = diagnostic.Decode(b)
				of = got.VIN
			case names.Event:
				var got event.Received
				got, err = event.Decode(b)
				of = got.VIN
			case names.Trip:
				var got trip.Trip
				got, err = trip.Decode(b)
				of = got.VIN
			default:
				continue // stored by the rule; the package of the reader tests it
			}
			if err == nil {
				require.Equal(t, attacker, of, m.Attack)
				accepted[m.Kind]++
			}
		}
	}
	assert.Len(t, accepted, 4, "some of each kind is valid, or the attacks never get past the schema")
}
