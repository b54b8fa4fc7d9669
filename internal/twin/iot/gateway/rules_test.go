package gateway_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// telemetry is a rule like those of the platform.
const telemetry = "SELECT * AS message, topic(3) AS vin, clientid() AS clientId, timestamp() AS ingestedAt FROM 'dt/cars/+/telemetry' WHERE clientid() = topic(3)"

func TestMessageGoesThroughItsRule(t *testing.T) {
	for name, version := range map[string]byte{"MQTT 3.1.1": 4, "MQTT 5": 5} {
		for _, topic := range []string{"dt/cars/CAR1/telemetry", "$aws/rules/telemetry/dt/cars/CAR1/telemetry"} {
			for qos := range byte(2) {
				t.Run(fmt.Sprintf("%s, %s, QoS %d", name, topic, qos), func(t *testing.T) {
					w := newWorld(t)
					w.addRule(toSink("telemetry", telemetry, "stream"))
					d := w.joined(version, "CAR1")
					id := d.publish(topic, qos, `{"speed": 50.0}`)
					if qos == 1 {
						d.acknowledged(id)
					}
					in, out := w.next("stream")
					assert.Equal(t, "dt/cars/CAR1/telemetry", in.Message.Topic)
					assert.Equal(t, "CAR1", out["vin"])
					assert.Equal(t, "CAR1", out["clientId"])
					assert.Contains(t, string(in.Output), "50.0", "numbers keep their spelling")
				})
			}
		}
	}
}

func TestWhereClauseRejectsAnotherCarsName(t *testing.T) {
	w := newWorld(t)
	w.addRule(toSink("telemetry", telemetry, "stream"))
	d := w.joined(5, "CAR1")
	d.acknowledged(d.publish("$aws/rules/telemetry/dt/cars/CAR2/telemetry", 1, `{"forged": true}`))
	d.acknowledged(d.publish("$aws/rules/telemetry/dt/cars/CAR1/telemetry", 1, `{"forged": false}`))
	_, out := w.next("stream")
	assert.Equal(t, map[string]any{"forged": false}, out["message"])
	assert.Empty(t, w.sinks.sink("stream").got)
}

func TestBasicIngestToARuleThatIsNotThere(t *testing.T) {
	w := newWorld(t)
	d := w.joined(5, "CAR1")
	d.acknowledged(d.publish("$aws/rules/nosuch/dt/cars/CAR1/telemetry", 1, `{}`))
	assert.Contains(t, w.log.text(), "rule=nosuch")
	assert.Contains(t, w.metrics(), "devicegateway_rule_not_found_total 1")
}

func TestErrorActionGetsTheErrorDocument(t *testing.T) {
	for name, tc := range map[string]struct {
		payload string
		broken  error
		message string
	}{
		"a failed action":            {`{"a": 1}`, errors.New("stream is gone"), "stream is gone"},
		"a payload that is not JSON": {"\xff not JSON", nil, "payload is not JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.addRule(withErrorSink(toSink("telemetry", telemetry, "stream"), "errors"))
			w.sinks.sink("stream").set(tc.broken, nil)
			d := w.joined(5, "CAR1")
			d.acknowledged(d.publish("dt/cars/CAR1/telemetry", 1, tc.payload))
			_, doc := w.next("errors")
			assert.Equal(t, "telemetry", doc["ruleName"])
			assert.Equal(t, "dt/cars/CAR1/telemetry", doc["topic"])
			assert.Equal(t, "CAR1", doc["clientId"])
			assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, doc["cloudwatchTraceId"])
			assert.Equal(t, base64.StdEncoding.EncodeToString([]byte(tc.payload)), doc["base64OriginalPayload"])
			failures := doc["failures"].([]any)
			require.Len(t, failures, 1)
			failure := failures[0].(map[string]any)
			assert.Equal(t, "LambdaAction", failure["failedAction"])
			assert.Equal(t, "stream", failure["failedResource"])
			assert.Contains(t, failure["errorMessage"], tc.message)
		})
	}
}

func TestAcknowledgementWaitsForTheAction(t *testing.T) {
	for name, version := range map[string]byte{"MQTT 3.1.1": 4, "MQTT 5": 5} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.addRule(toSink("telemetry", telemetry, "stream"))
			release := make(chan struct{})
			w.sinks.sink("stream").set(nil, release)
			d := w.joined(version, "CAR1")
			first := d.publish("dt/cars/CAR1/telemetry", 1, `{"n": 1}`)
			other := d.publish("dt/cars/CAR1/unruled", 1, `{}`)
			d.quiet()
			close(release)
			d.acknowledged(first)
			d.acknowledged(other)
		})
	}
}

// Tests the statement [MQTT311-4.8.0-2] of the specification.
func TestMessageThatNobodyTookIsNotAcknowledged(t *testing.T) {
	for name, version := range map[string]byte{"MQTT 3.1.1": 4, "MQTT 5": 5} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.addRule(withErrorSink(toSink("telemetry", telemetry, "stream"), "errors"))
			w.sinks.sink("stream").set(errors.New("down"), nil)
			w.sinks.sink("errors").set(errors.New("down too"), nil)
			d := w.joined(version, "CAR1")
			d.publish("dt/cars/CAR1/telemetry", 1, `{"n": 1}`)
			for {
				pk, err := d.read()
				if err != nil {
					require.NotErrorIs(t, err, errTimeout)
					break
				}
				require.NotEqual(t, packets.Puback, pk.FixedHeader.Type)
			}
			w.sinks.sink("stream").set(nil, nil)
			again := w.joined(version, "CAR1")
			again.acknowledged(again.publish("dt/cars/CAR1/telemetry", 1, `{"n": 1}`))
			w.next("stream")
		})
	}
}

func TestMessagesOfOneClientKeepTheirOrder(t *testing.T) {
	w := newWorld(t)
	w.addRule(toSink("telemetry", telemetry, "stream"))
	d := w.joined(5, "CAR1")
	const n = 90
	for i := range n {
		d.publish("dt/cars/CAR1/telemetry", 1, fmt.Sprintf(`{"n": %d}`, i))
	}
	for i := range n {
		d.acknowledged(uint16(i + 1))
		_, out := w.next("stream")
		assert.Equal(t, map[string]any{"n": float64(i)}, out["message"])
	}
}

func TestRuleThatDoesNotCompileIsReportedOnceAndLeftOut(t *testing.T) {
	w := newWorld(t)
	w.registry.do(func() { w.registry.rules["broken"] = toSink("broken", "SELECT * FROM\n'a' WHERE (", "x") })
	w.addRule(toSink("telemetry", telemetry, "stream"))
	w.addRule(toSink("other", "SELECT * FROM 'other'", "stream"))
	assert.Equal(t, 1, strings.Count(w.log.text(), "rule=broken"))
	assert.Contains(t, w.log.text(), "line 2, column")
	d := w.joined(5, "CAR1")
	d.acknowledged(d.publish("dt/cars/CAR1/telemetry", 1, `{}`))
	w.next("stream")
}

func TestRuleChangesAreSeen(t *testing.T) {
	w := newWorld(t)
	w.addRule(toSink("telemetry", telemetry, "stream"))
	d := w.joined(5, "CAR1")
	w.registry.do(func() {
		w.registry.rules["telemetry"] = toSink("telemetry", "SELECT 2 AS v FROM 'dt/cars/+/telemetry'", "stream")
	})
	w.eventually(func() bool {
		d.acknowledged(d.publish("dt/cars/CAR1/telemetry", 1, `{}`))
		_, out := w.next("stream")
		return out["v"] == 2.0
	}, "the changed rule runs")
	w.registry.do(func() { delete(w.registry.rules, "telemetry") })
	w.eventually(func() bool { return !w.gateway.HasRule("telemetry") }, "the removed rule is gone")
}
