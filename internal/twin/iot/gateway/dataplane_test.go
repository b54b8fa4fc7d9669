package gateway_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane/types"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// api returns a client of the AWS SDK for the gateway's HTTP API.
func (w *world) api() *iotdataplane.Client {
	server := httptest.NewServer(w.gateway.Handler())
	w.t.Cleanup(server.Close)
	return iotdataplane.New(iotdataplane.Options{
		Region: region, BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		Retryer: aws.NopRetryer{},
	})
}

// publish publishes through the HTTP API, as a cloud service does.
func (w *world) publish(topic, payload string) {
	w.t.Helper()
	_, err := w.api().Publish(w.t.Context(), &iotdataplane.PublishInput{Topic: &topic, Qos: 1, Payload: []byte(payload)})
	require.NoError(w.t, err)
}

func TestPublishOverHTTP(t *testing.T) {
	w := newWorld(t)
	w.addRule(toSink("all", "SELECT *, clientid() AS client FROM 'cmd/#'", "stream"))
	d := w.joined(5, "CAR1")
	require.Equal(t, byte(1), d.subscribe("cmd/cars/CAR1/#", 1))
	_, err := w.api().Publish(t.Context(), &iotdataplane.PublishInput{
		Topic: aws.String("cmd/cars/CAR1/7/req"), Qos: 1, Payload: []byte(`{"do": "unlock"}`), ContentType: aws.String("application/json"),
		UserProperties: aws.String(`[{"k": "v"}]`), MessageExpiry: 60,
	})
	require.NoError(t, err)
	pk := d.expect(packets.Publish)
	assert.Equal(t, "cmd/cars/CAR1/7/req", pk.TopicName)
	assert.JSONEq(t, `{"do": "unlock"}`, string(pk.Payload))
	assert.Equal(t, "application/json", pk.Properties.ContentType)
	assert.Equal(t, []packets.UserProperty{{Key: "k", Val: "v"}}, pk.Properties.User)
	assert.InDelta(t, 60, pk.Properties.MessageExpiryInterval, 2)
	_, out := w.next("stream")
	assert.Equal(t, "n/a", out["client"])

	_, err = w.api().Publish(t.Context(), &iotdataplane.PublishInput{Topic: aws.String("a/+/b")})
	var invalid *types.InvalidRequestException
	assert.ErrorAs(t, err, &invalid)
}

func TestPublishOfAWebPageIsRefused(t *testing.T) {
	w := newWorld(t)
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/topics/cmd/cars/CAR1/7/req?qos=1", nil)
	r.Header.Set("Origin", "https://attacker.example")
	answer := httptest.NewRecorder()
	w.gateway.Handler().ServeHTTP(answer, r)
	assert.Equal(t, http.StatusForbidden, answer.Code)
}

func TestShadowOverMQTT(t *testing.T) {
	w := newWorld(t)
	w.addRule(toSink("documents", "SELECT * FROM '$aws/things/+/shadow/name/+/update/documents'", "documents"))
	d := w.joined(5, "CAR1")
	const prefix = "$aws/things/CAR1/shadow/name/climate/"
	require.Equal(t, byte(1), d.subscribe(prefix+"#", 1))

	d.publish(prefix+"get", 0, `{"clientToken": "t0"}`)
	topic, body := d.nextAnswer()
	assert.Equal(t, prefix+"get/rejected", topic)
	assert.InDelta(t, 404, body["code"], 0)
	assert.Equal(t, "t0", body["clientToken"])

	d.publish(prefix+"update", 0, `{"state": {"desired": {"on": true}, "reported": {"on": false}}, "clientToken": "t1"}`)
	seen := map[string]map[string]any{}
	for len(seen) < 3 {
		topic, body := d.nextAnswer()
		seen[topic] = body
	}
	assert.Equal(t, "t1", seen[prefix+"update/accepted"]["clientToken"])
	assert.Equal(t, map[string]any{"on": true}, seen[prefix+"update/delta"]["state"])
	assert.InDelta(t, 1, seen[prefix+"update/documents"]["current"].(map[string]any)["version"], 0)
	_, document := w.next("documents")
	assert.Contains(t, document, "previous")
}

// nextAnswer reads the next message, and skips the car's own requests.
func (d *device) nextAnswer() (string, map[string]any) {
	d.t.Helper()
	for {
		topic, body := d.nextJSON()
		if !strings.HasSuffix(topic, "/get") && !strings.HasSuffix(topic, "/update") {
			return topic, body
		}
	}
}

// nextJSON reads the next message and acknowledges it.
func (d *device) nextJSON() (string, map[string]any) {
	d.t.Helper()
	pk := d.expect(packets.Publish)
	if pk.FixedHeader.Qos > 0 {
		d.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: pk.PacketID})
	}
	var body map[string]any
	require.NoError(d.t, json.Unmarshal(pk.Payload, &body))
	return pk.TopicName, body
}

func TestShadowOverHTTP(t *testing.T) {
	w := newWorld(t)
	api, ctx := w.api(), t.Context()
	thing, name := aws.String("CAR1"), aws.String("config")

	_, err := api.GetThingShadow(ctx, &iotdataplane.GetThingShadowInput{ThingName: thing})
	var missing *types.ResourceNotFoundException
	require.ErrorAs(t, err, &missing)
	out, err := api.UpdateThingShadow(ctx, &iotdataplane.UpdateThingShadowInput{ThingName: thing, ShadowName: name, Payload: []byte(`{"state": {"desired": {"rate": 10}}}`)})
	require.NoError(t, err)
	assert.Contains(t, string(out.Payload), `"version":1`)
	_, err = api.UpdateThingShadow(ctx, &iotdataplane.UpdateThingShadowInput{ThingName: thing, ShadowName: name, Payload: []byte(`{"state": {"desired": {"rate": 11}}, "version": 7}`)})
	var conflict *types.ConflictException
	require.ErrorAs(t, err, &conflict)
	_, err = api.UpdateThingShadow(ctx, &iotdataplane.UpdateThingShadowInput{ThingName: thing, ShadowName: name, Payload: []byte(`{"desired": 1}`)})
	var invalid *types.InvalidRequestException
	require.ErrorAs(t, err, &invalid)
	list, err := api.ListNamedShadowsForThing(ctx, &iotdataplane.ListNamedShadowsForThingInput{ThingName: thing})
	require.NoError(t, err)
	assert.Equal(t, []string{"config"}, list.Results)
	_, err = api.DeleteThingShadow(ctx, &iotdataplane.DeleteThingShadowInput{ThingName: thing, ShadowName: name})
	require.NoError(t, err)
	_, err = api.GetThingShadow(ctx, &iotdataplane.GetThingShadowInput{ThingName: thing, ShadowName: name})
	require.ErrorAs(t, err, &missing)
}

func TestRetainedMessagesOverHTTP(t *testing.T) {
	w := newWorld(t)
	api := w.api()
	_, err := api.Publish(t.Context(), &iotdataplane.PublishInput{Topic: aws.String("fleet/notice"), Qos: 1, Retain: true, Payload: []byte("hello")})
	require.NoError(t, err)
	got, err := api.GetRetainedMessage(t.Context(), &iotdataplane.GetRetainedMessageInput{Topic: aws.String("fleet/notice")})
	require.NoError(t, err)
	assert.Equal(t, "hello", string(got.Payload))
	assert.WithinDuration(t, time.Now(), time.UnixMilli(got.LastModifiedTime), time.Minute)
	list, err := api.ListRetainedMessages(t.Context(), &iotdataplane.ListRetainedMessagesInput{})
	require.NoError(t, err)
	require.Len(t, list.RetainedTopics, 1)
	assert.Equal(t, int64(5), list.RetainedTopics[0].PayloadSize)
	_, err = api.GetRetainedMessage(t.Context(), &iotdataplane.GetRetainedMessageInput{Topic: aws.String("none")})
	var missing *types.ResourceNotFoundException
	assert.ErrorAs(t, err, &missing)
}
