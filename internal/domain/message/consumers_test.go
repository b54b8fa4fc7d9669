package message_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/command"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/event"
	"connectedcar/internal/domain/healthreport"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/presence"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/trip"
)

const (
	car   = "WVWZZZ1JZXW000001"
	other = "WVWZZZ1JZXW000002"

	someID    = "01KAFK9F00ABCDEFGHJKMNPQRS"
	anotherID = "01KAFK9F00ABCDEFGHJKMNPQRT"
	at        = `"ts":"2026-11-23T08:00:00.000Z"`
)

// consumer reads messages that rules forward.
type consumer struct {
	sent   string                  // a valid message, without its braces
	stamps map[string]string       // the stamps of its rule, as JSON
	of     func([]byte) (any, any) // decodes a message; returns it and the error
	others bool                    // unknown members are ignored, not rejected: AWS adds some, or the car repeats a stamp
}

func reads[T any](decode func([]byte) (T, error)) func([]byte) (any, any) {
	return func(b []byte) (any, any) {
		got, err := decode(b)
		if err != nil {
			return nil, err
		}
		return got, nil
	}
}

func stamps(more ...string) map[string]string {
	out := map[string]string{"vin": `"` + car + `"`, "clientId": `"` + car + `"`, "ingestedAt": "1795420801000"}
	for n := 0; n < len(more); n += 2 {
		out[more[n]] = more[n+1]
	}
	return out
}

// judged validates a record of the stream under the car's partition key.
func judged(b []byte) (telemetry.Received, error) {
	got, v, _, err := ingest.Judge(b, car)
	if err == nil && v != car {
		return got, fmt.Errorf("judged as the message of %s", v)
	}
	return got, err
}

func consumers() map[string]consumer {
	fromAWS := stamps()
	delete(fromAWS, "clientId")
	return map[string]consumer{
		"telemetry":   {`"schema":"telemetry/1","id":"` + someID + `",` + at + `,"bootId":"b","seq":1,"signals":{"Vehicle.Speed":50}`, stamps(), reads(judged), false},
		"diagnostics": {`"schema":"diagnostics/1","id":"` + someID + `",` + at + `,"seq":1,"kind":"snapshot","mil":false,"codes":[]`, stamps(), reads(diagnostic.Decode), false},
		"trip": {`"schema":"trip/1","id":"` + someID + `",` + at + `,"seq":1,"tripId":"` + anotherID + `","startedAt":"2026-11-23T07:30:00.000Z",` +
			`"endedAt":"2026-11-23T08:00:00.000Z","distanceM":1,"durationS":1,"idleS":0,"averageSpeedKph":1,"maxSpeedKph":1,` +
			`"harshBraking":0,"harshAcceleration":0,"harshCornering":0,"speedingS":0`, stamps(), reads(trip.Decode), false},
		"event": {`"schema":"event/1","id":"` + someID + `",` + at + `,"kind":"crash"`, stamps(), reads(event.Decode), false},
		"health report": {`"schema":"healthreport/1","id":"` + someID + `",` + at + `,"odometerM":0,"systems":{"engine":"OK","brakes":"OK","tyres":"OK",` +
			`"battery":"OK","emissions":"OK","service":"OK"}`, stamps("reportId", `"`+someID+`"`), reads(healthreport.Decode), false},
		"answer to a command": {`"schema":"commandresult/1","id":"` + someID + `",` + at + `,"status":"succeeded"`,
			stamps("commandId", `"`+anotherID+`"`), reads(command.DecodeResult), true},
		"connect": {`"clientId":"` + car + `","timestamp":1795420800000,"eventType":"connected","versionNumber":3`, fromAWS, reads(presence.Decode), true},
	}
}

// handedOn returns a message as a rule forwards it; more are further members of the car's message.
func (c consumer) handedOn(more ...string) []byte {
	out := `{"message":{` + strings.Join(append([]string{c.sent}, more...), ",") + `}`
	for name, value := range c.stamps {
		out += `,"` + name + `":` + value
	}
	return []byte(out + "}")
}

func (c consumer) flat(before, after string) []byte {
	out := before + c.sent
	for name, value := range c.stamps {
		out += `,"` + name + `":` + value
	}
	return []byte("{" + out + after + "}")
}

// spellings returns the names that encoding/json treats as a stamp's, and the stamp's own name.
func spellings(stamp string) []string {
	return []string{stamp, strings.ToUpper(stamp), strings.ToLower(stamp), strings.ToUpper(stamp[:1]) + stamp[1:], strings.ReplaceAll(stamp, "s", "ſ"), strings.ReplaceAll(stamp, "k", "K")}
}

func TestEveryConsumerReadsBothFormsAlike(t *testing.T) {
	for name, c := range consumers() {
		t.Run(name, func(t *testing.T) {
			want, err := c.of(c.handedOn())
			require.Nil(t, err)
			got, err := c.of(c.flat("", ""))
			require.Nil(t, err)
			assert.Equal(t, want, got)
		})
	}
}

// TestNoConsumerTakesAStampFromTheCar adds each stamp, in each spelling, to the car's own members, before the stamps and after them, and
// checks that no consumer accepts it.
func TestNoConsumerTakesAStampFromTheCar(t *testing.T) {
	for name, c := range consumers() {
		want, err := c.of(c.handedOn())
		require.Nil(t, err, name)
		for stamp := range stamps("commandId", "", "reportId", "") {
			if strings.Contains(c.sent, `"`+stamp+`"`) {
				continue // a member of AWS's own event
			}
			forged := map[string]string{"vin": `"` + other + `"`, "clientId": `"` + other + `"`, "ingestedAt": "1", "commandId": `"` + someID + `"`, "reportId": `"` + anotherID + `"`}[stamp]
			for _, spelling := range spellings(stamp) {
				t.Run(name+": "+spelling, func(t *testing.T) {
					member := `"` + spelling + `":` + forged
					check := func(b []byte) {
						got, err := c.of(b)
						if err != nil {
							assert.False(t, c.others, "refused: %v", err)
							return
						}
						assert.Equal(t, want, got, "%s", b)
					}
					check(c.handedOn(member))
					if spelling != stamp { // the old form, with the stamps among the car's members, where the rule replaces the exact name
						check(c.flat(member+",", ""))
						check(c.flat("", ","+member))
					}
				})
			}
		}
	}
}

func TestMembersBesideTheMessageAreTheRulesAlone(t *testing.T) {
	for name, c := range consumers() {
		t.Run(name, func(t *testing.T) {
			b := c.handedOn()
			_, err := c.of([]byte(string(b[:len(b)-1]) + `,"VIN":"` + other + `"}`))
			assert.ErrorContains(t, err.(error), "unknown field")
		})
	}
}

func TestMessagesThatAreNoObjects(t *testing.T) {
	for _, sent := range []string{`1`, `null`, `[]`, `"text"`} {
		_, err := message.Open([]byte(`{"message":` + sent + `,"vin":"` + car + `","clientId":"` + car + `","ingestedAt":1}`))
		var rejection *message.Rejection
		require.ErrorAs(t, err, &rejection)
		assert.Equal(t, message.Undecodable, rejection.Reason)
		assert.Equal(t, car, rejection.VIN)
	}
}

func TestARecordUnderAnotherKeyIsNobodys(t *testing.T) {
	c := consumers()["telemetry"]
	_, _, reason, err := ingest.Judge(c.handedOn(), other)
	require.ErrorContains(t, err, "partition key")
	assert.Equal(t, message.IdentityMismatch, reason)
}
