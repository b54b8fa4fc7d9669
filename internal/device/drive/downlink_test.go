package drive

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/sim"
	"connectedcar/internal/domain/command"
	"connectedcar/internal/names"
)

const obeying = "1ACEV26S0TA000001"

// told is a car that records the commands that it gets.
type told struct {
	climate  []float64
	interval []time.Duration
}

func (*told) Next() (sim.Message, bool)           { return sim.Message{}, false }
func (*told) HealthReport(id string) (any, error) { return map[string]string{"id": id}, nil }
func (*told) Snapshot() (any, error)              { return map[string]string{"kind": "snapshot"}, nil }
func (c *told) SetClimate(targetC float64)        { c.climate = append(c.climate, targetC) }
func (c *told) SetInterval(d time.Duration)       { c.interval = append(c.interval, d) }

// deaf is a recorded drive, which carries out no commands.
type deaf struct{}

func (deaf) Next() (sim.Message, bool) { return sim.Message{}, false }

// heard returns a downlink and the messages that it published, by topic.
func heard(source Source) (*downlink, map[string][]string) {
	sent := map[string][]string{}
	d := &downlink{
		application: "cars", car: obeying, source: &lockedSource{Source: source}, newID: func(time.Time) string { return "id" },
		reported: map[string]map[string]any{}, answers: map[string][]byte{},
		publish: func(topic string, payload []byte) error {
			sent[topic] = append(sent[topic], string(payload))
			return nil
		},
		say: func(topic string, payload []byte) error {
			sent[topic] = append(sent[topic], string(payload))
			return nil
		},
		send: func(kind names.Kind, body any) error {
			b, err := json.Marshal(body)
			sent[string(kind)] = append(sent[string(kind)], string(b))
			return err
		},
	}
	return d, sent
}

func request(t *testing.T, kind command.Kind, expires time.Duration, parameters map[string]any) []byte {
	t.Helper()
	b, err := json.Marshal(command.Message{
		Schema: command.RequestSchema, ID: "c1", Kind: kind, Parameters: parameters, IssuedAt: time.Now(), ExpiresAt: time.Now().Add(expires),
	})
	require.NoError(t, err)
	return b
}

func TestACarDoesWhatItIsToldAndAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		kind       command.Kind
		parameters map[string]any
		expires    time.Duration
		source     Source
		status     string
		sent       string // topic or kind of the message that the car sent
	}{
		"lock":                       {command.Lock, nil, time.Minute, &told{}, "succeeded", ""},
		"climate":                    {command.Climate, map[string]any{"targetTemperatureC": 21.5}, time.Minute, &told{}, "succeeded", "$aws/things/" + obeying + "/shadow/name/climate/update"},
		"diagnose":                   {command.Diagnose, nil, time.Minute, &told{}, "succeeded", "diagnostics"},
		"a health report":            {command.HealthReport, map[string]any{"reportId": "r1"}, time.Minute, &told{}, "succeeded", "healthreport"},
		"what came too late":         {command.Lock, nil, -time.Second, &told{}, "rejected", ""},
		"what a recording cannot do": {command.Climate, map[string]any{"targetTemperatureC": 21.5}, time.Minute, deaf{}, "rejected", ""},
		"what nobody knows":          {"fly", nil, time.Minute, &told{}, "rejected", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, sent := heard(tc.source)
			message := request(t, tc.kind, tc.expires, tc.parameters)
			for range 2 {
				d.receive("cmd/cars/"+obeying+"/c1/req", message)
			}
			answers := sent["cmd/cars/"+obeying+"/c1/res"]
			require.Len(t, answers, 2)
			assert.Equal(t, answers[0], answers[1])
			assert.Contains(t, answers[0], `"status":"`+tc.status+`"`)
			if tc.sent != "" {
				assert.Len(t, sent[tc.sent], 1, "a command that comes twice is done once")
			}
		})
	}
}

func TestACarFollowsItsShadows(t *testing.T) {
	c := &told{}
	d, sent := heard(c)
	d.ask()
	climate, config := "$aws/things/"+obeying+"/shadow/name/climate/", "$aws/things/"+obeying+"/shadow/name/config/"
	assert.Len(t, sent[climate+"get"], 1)
	d.receive(climate+"get/accepted", []byte(`{"state":{"desired":{"targetTemperatureC":20},"delta":{"targetTemperatureC":20}}}`))
	d.receive(climate+"update/delta", []byte(`{"state":{"targetTemperatureC":22.5,"airConditioning":true},"version":4}`))
	d.receive(config+"update/delta", []byte(`{"state":{"telemetryIntervalS":7}}`))
	d.receive(climate+"get/accepted", []byte(`{"state":{"desired":{"targetTemperatureC":22.5}}}`))
	d.receive(climate+"update/delta", []byte(`nonsense`))
	assert.Equal(t, []float64{20, 22.5}, c.climate)
	assert.Equal(t, []time.Duration{7 * time.Second}, c.interval)
	require.Len(t, sent[climate+"update"], 2)
	assert.JSONEq(t, `{"state":{"reported":{"targetTemperatureC":22.5,"airConditioning":true}}}`, sent[climate+"update"][1])
	assert.JSONEq(t, `{"state":{"reported":{"telemetryIntervalS":7}}}`, sent[config+"update"][0])
}

func TestACarCountsAlertsAndListensToItsOwnTopics(t *testing.T) {
	d, sent := heard(&told{})
	d.receive("cmd/cars/"+obeying+"/alert/req", []byte(`{"kind":"tow"}`))
	assert.Equal(t, 1, d.alerts)
	assert.Empty(t, sent)
	for _, topic := range d.listener().Topics {
		assert.True(t, strings.Contains(topic, obeying), topic)
	}
}
