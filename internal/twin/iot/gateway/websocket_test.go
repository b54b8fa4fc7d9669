package gateway_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"
	"github.com/coder/websocket"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/twin/iot/gateway"
	"connectedcar/internal/twin/iot/gateway/principal"
	"connectedcar/internal/twin/iot/gateway/sigv4"
	"connectedcar/internal/twin/iot/policy"
)

// keys maps ids of keys to their owners.
type keys map[string]*principal.Principal

// secretOf is the secret of a test's key.
func secretOf(id string) string {
	if id == "test" {
		return id
	}
	return "secret of " + id
}

func (k keys) Key(id string) (sigv4.Key, bool) { return sigv4.Key{Secret: secretOf(id)}, k[id] != nil }

func (k keys) Principal(_ context.Context, id string) (*principal.Principal, error) {
	return k[id], nil
}

func (k keys) Handles(*http.Request) bool { return false }

func (k keys) ServeHTTP(http.ResponseWriter, *http.Request) {}

func document(t *testing.T, text string) policy.Set {
	t.Helper()
	d, err := policy.Parse([]byte(text))
	require.NoError(t, err)
	return policy.NewSet(policy.Named{Name: "role", Document: d})
}

const (
	person       = "eu-central-1:11111111-2222-3333-4444-555555555555" // a Cognito identity of a user
	personPolicy = `{"Version":"2012-10-17","Statement":[
 {"Effect":"Allow","Action":"iot:Connect","Resource":"*"},
 {"Effect":"Allow","Action":["iot:Receive","iot:Publish"],"Resource":"arn:aws:iot:eu-central-1:000000000000:topic/cars/CAR1/*"},
 {"Effect":"Allow","Action":"iot:Subscribe","Resource":"arn:aws:iot:eu-central-1:000000000000:topicfilter/cars/CAR1/*"}]}`
	rolePolicy = `{"Version":"2012-10-17","Statement":[
 {"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:eu-central-1:000000000000:client/${cognito-identity.amazonaws.com:sub}*"},
 {"Effect":"Allow","Action":["iot:Receive","iot:Publish"],"Resource":"arn:aws:iot:eu-central-1:000000000000:topic/cars/*"},
 {"Effect":"Allow","Action":"iot:Subscribe","Resource":"arn:aws:iot:eu-central-1:000000000000:topicfilter/cars/*"}]}`
)

// newSigning makes a gateway that knows the keys of a user, a guest who is not signed in, and the administrator.
func newSigning(t *testing.T) (*world, string) {
	t.Helper()
	role := document(t, rolePolicy)
	w := newWorld(t, func(c *gateway.Config) {
		c.Callers = keys{
			"PERSON": {ID: "AROA1:CognitoIdentityCredentials", Identity: person, Attached: true, IAM: role},
			"GUEST":  {ID: "AROA2:CognitoIdentityCredentials", Identity: "eu-central-1:guest", IAM: role},
			"test":   {ID: account, IAM: principal.Everything},
		}
	})
	w.registry.setPolicy(t, "person", personPolicy)
	w.registry.do(func() { w.registry.attached[person] = []string{"person"} })
	require.NoError(t, w.gateway.Refresh(t.Context()))
	server := httptest.NewServer(w.gateway.Handler())
	t.Cleanup(server.Close)
	return w, server.URL
}

// address returns the signed URL for MQTT over WebSocket.
func address(t *testing.T, server, key, secret string) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, server+"/mqtt", nil)
	require.NoError(t, err)
	none := sha256.Sum256(nil)
	out, _, err := v4.NewSigner().PresignHTTP(t.Context(), aws.Credentials{AccessKeyID: key, SecretAccessKey: secret}, r, hex.EncodeToString(none[:]),
		"iotdevicegateway", region, time.Now())
	require.NoError(t, err)
	return out
}

// overWebSocket opens a WebSocket like a page in a browser.
func overWebSocket(t *testing.T, address string, protocols ...string) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	c, r, err := websocket.Dial(t.Context(), address, &websocket.DialOptions{
		Subprotocols: protocols, HTTPHeader: http.Header{"Origin": {"https://page.example"}},
	})
	if err == nil {
		t.Cleanup(func() { _ = c.CloseNow() })
	}
	return c, r, err
}

func (w *world) page(server, key, clientID string, version byte) (*device, packets.Packet, error) {
	w.t.Helper()
	t := w.t.(*testing.T)
	c, _, err := overWebSocket(t, address(t, server, key, secretOf(key)), "mqtt")
	require.NoError(t, err)
	return connect(t, websocket.NetConn(t.Context(), c, websocket.MessageBinary), version, clientID)
}

// Tests the statement [MQTT311-6.0.0-4] of the specification.
func TestPageListensToItsCarAndNoOther(t *testing.T) {
	for name, version := range map[string]byte{"MQTT 3.1.1": 4, "MQTT 5": 5} {
		t.Run(name, func(t *testing.T) {
			w, server := newSigning(t)
			d, ack, err := w.page(server, "PERSON", person+"-1", version)
			require.NoError(t, err)
			require.Zero(t, ack.ReasonCode)
			require.Equal(t, byte(1), d.subscribe("cars/CAR1/#", 1))
			w.publish("cars/CAR1/telemetry", "x")
			assert.Equal(t, "x", string(d.expect(packets.Publish).Payload))
			d.trySubscribe("cars/CAR2/#") // allowed by the role, not by the identity's policy
			w.version = version
			assert.Equal(t, w.code(0, 0x87), d.ended())
		})
	}
}

func TestBothPoliciesDecideOnWhoSigned(t *testing.T) {
	for name, tc := range map[string]struct {
		key, clientID string
		allowed       bool
	}{
		"a person under their own id":                  {"PERSON", person, true},
		"a person under another id, which IAM refuses": {"PERSON", "other", false},
		"a guest, on whom IAM alone decides":           {"GUEST", "eu-central-1:guest", true},
		"a guest under another id, which IAM refuses":  {"GUEST", "other", false},
		"the administrator, on whom IAM alone decides": {"test", "anything", true},
	} {
		t.Run(name, func(t *testing.T) {
			w, server := newSigning(t)
			_, ack, err := w.page(server, tc.key, tc.clientID, 5)
			require.NoError(t, err)
			assert.Equal(t, tc.allowed, ack.ReasonCode == 0)
		})
	}
	w, server := newSigning(t)
	w.registry.do(func() { delete(w.registry.attached, person) })
	require.NoError(t, w.gateway.Refresh(t.Context()))
	_, ack, err := w.page(server, "PERSON", person, 5)
	require.NoError(t, err)
	assert.Equal(t, byte(0x87), ack.ReasonCode, "without an AWS IoT policy")
}

func TestPolicyOfAPersonIsTakenAwayAtOnce(t *testing.T) {
	w, server := newSigning(t)
	d, _, err := w.page(server, "PERSON", person, 5)
	require.NoError(t, err)
	require.Equal(t, byte(1), d.subscribe("cars/CAR1/#", 1))
	w.registry.do(func() { delete(w.registry.attached, person) })
	require.NoError(t, w.gateway.Refresh(t.Context()))
	w.nothingComes(d, "cars/CAR1/telemetry")
}

func TestUnsignedWebSocketsAreRefused(t *testing.T) {
	_, server := newSigning(t)
	for name, url := range map[string]string{
		"without a signature": server + "/mqtt",
		"an unknown key":      address(t, server, "STRANGER", "x"),
		"another secret":      address(t, server, "PERSON", "guessed"),
		"a changed signature": strings.Replace(address(t, server, "PERSON", secretOf("PERSON")), "X-Amz-Signature=", "X-Amz-Signature=0", 1),
	} {
		_, r, err := overWebSocket(t, url, "mqtt")
		require.Error(t, err, name)
		assert.Equal(t, http.StatusForbidden, r.StatusCode, name)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address(t, server, "test", "test"), nil)
	require.NoError(t, err)
	r.Host = "attacker.example"
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close() // closing cannot fail the test
	assert.Equal(t, http.StatusForbidden, answer.StatusCode, "a name that leads here")
}

// Tests the statements [MQTT311-6.0.0-1] and [MQTT311-6.0.0-2] of the specification.
func TestFramesOfAWebSocket(t *testing.T) {
	_, server := newSigning(t)
	c, _, err := overWebSocket(t, address(t, server, "test", "test"), "mqtt")
	require.NoError(t, err)
	hello := []byte{0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 30, 0, 1, 'c', 0xc0, 0, 0xc0, 0}
	for _, part := range [][]byte{hello[:5], hello[5:16], hello[16:]} { // packets across frames, and several packets in one frame
		require.NoError(t, c.Write(t.Context(), websocket.MessageBinary, part))
	}
	stream := websocket.NetConn(t.Context(), c, websocket.MessageBinary)
	got := make([]byte, 8)
	_, err = io.ReadFull(stream, got)
	require.NoError(t, err)
	assert.Equal(t, []byte{0x20, 2, 0, 0, 0xd0, 0, 0xd0, 0}, got)
	require.NoError(t, c.Write(t.Context(), websocket.MessageText, []byte{0xc0, 0}))
	_, err = stream.Read(got)
	assert.Error(t, err, "a text frame ends the connection")

	c, _, err = overWebSocket(t, address(t, server, "test", "test"), "other")
	require.NoError(t, err)
	_, _, err = c.Read(t.Context())
	assert.Equal(t, websocket.StatusPolicyViolation, websocket.CloseStatus(err), "another subprotocol")
}

func TestSignedCallsAreDecidedByPolicies(t *testing.T) {
	w, server := newSigning(t)
	call := func(key, secret, topic string) error {
		client := iotdataplane.New(iotdataplane.Options{
			Region: region, BaseEndpoint: &server, Credentials: credentials.NewStaticCredentialsProvider(key, secret, ""), Retryer: aws.NopRetryer{},
		})
		_, err := client.Publish(t.Context(), &iotdataplane.PublishInput{Topic: &topic, Qos: 1, Payload: []byte("x")})
		return err
	}
	require.NoError(t, call("PERSON", secretOf("PERSON"), "cars/CAR1/a b"))
	assert.ErrorContains(t, call("PERSON", secretOf("PERSON"), "cars/CAR2/x"), "ForbiddenException", "the identity's policy")
	assert.ErrorContains(t, call("PERSON", secretOf("PERSON"), "elsewhere"), "ForbiddenException", "the role's")
	assert.ErrorContains(t, call("PERSON", "guessed", "cars/CAR1/x"), "ForbiddenException", "another secret")
	assert.NoError(t, call("STRANGER", "x", "elsewhere"), "a key that the emulator gave to a function")
	assert.Contains(t, w.log.text(), "signature does not match")
}

func TestUnknownKeysAreRefusedWhereSignaturesAreRequired(t *testing.T) {
	w := newWorld(t, func(c *gateway.Config) {
		c.RequireSignatures = true
		c.Callers = keys{"test": {ID: account, IAM: principal.Everything}}
	})
	w.publish("a", "x") // signed by the administrator
	server := httptest.NewServer(w.gateway.Handler())
	defer server.Close()
	r, err := http.Post(server.URL+"/topics/a", "text/plain", strings.NewReader("x"))
	require.NoError(t, err)
	defer r.Body.Close() // closing cannot fail the test
	assert.Equal(t, http.StatusForbidden, r.StatusCode)
}

// overHTTPS returns a client with the car's certificate. It reuses its connection.
func (w *world) overHTTPS(car pki.Pair) (post func(path, body string) int) {
	w.t.Helper()
	config := &tls.Config{
		ServerName: "localhost", RootCAs: w.roots, NextProtos: []string{"x-amzn-http-ca"},
		Certificates: []tls.Certificate{{Certificate: [][]byte{car.Certificate.Raw, w.issuer.Certificate.Raw}, PrivateKey: car.Key}},
	}
	var opened int
	transport := &http.Transport{DialTLSContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		opened++
		return (&tls.Dialer{Config: config}).DialContext(ctx, network, w.address)
	}}
	w.t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport, Timeout: patience}
	return func(path, body string) int {
		w.t.Helper()
		r, err := client.Post("https://localhost"+path, "application/json", strings.NewReader(body))
		require.NoError(w.t, err)
		defer r.Body.Close() // closing cannot fail the test
		_, err = io.Copy(io.Discard, r.Body)
		require.NoError(w.t, err)
		assert.Equal(w.t, 1, opened, "connections")
		return r.StatusCode
	}
}

func TestHTTPSPublishWithACertificate(t *testing.T) {
	w := newWorld(t)
	w.registry.setPolicy(t, "car", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Publish",
 "Resource":"arn:aws:iot:eu-central-1:000000000000:topic/dt/*"}]}`)
	w.addRule(toSink("all", "SELECT * FROM 'dt/#'", "stream"))
	post := w.overHTTPS(w.registered("CAR1"))
	assert.Equal(t, http.StatusOK, post("/topics/dt/CAR1?qos=1", `{"n": 1}`))
	_, out := w.next("stream")
	assert.Equal(t, map[string]any{"n": 1.0}, out)
	assert.Equal(t, http.StatusForbidden, post("/topics/elsewhere", `{}`))
	assert.Equal(t, http.StatusForbidden, post("/topics/dt/CAR1?retain=true", `{}`), "iot:RetainPublish")
	w.revoke("CAR1")
	w.eventually(func() bool { return post("/topics/dt/CAR1", `{}`) == http.StatusForbidden }, "the certificate is revoked")
}
