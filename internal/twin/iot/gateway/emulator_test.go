//go:build integration

package gateway_test

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	kinesistypes "github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/tool/freeport"
	"connectedcar/internal/twin/iot/gateway"
	"connectedcar/internal/twin/iot/gateway/actions"
	"connectedcar/internal/twin/iot/gateway/registry"
)

// emulator is a MiniStack that saves its state when it is stopped.
type emulator struct {
	t    testing.TB
	port int
	dir  string
	env  []string
	cmd  *exec.Cmd
}

func newEmulator(t testing.TB, env ...string) *emulator {
	t.Helper()
	port, err := freeport.One()
	require.NoError(t, err)
	e := &emulator{t: t, port: port, dir: t.TempDir(), env: env}
	e.start()
	t.Cleanup(func() { e.stop(syscall.SIGKILL) })
	return e
}

func (e *emulator) url() string { return fmt.Sprintf("http://127.0.0.1:%d", e.port) }

func (e *emulator) start() {
	e.t.Helper()
	python, err := filepath.Abs("../../../../.venv/bin/python")
	require.NoError(e.t, err)
	if p := os.Getenv("MINISTACK_PYTHON"); p != "" {
		python = p
	}
	e.cmd = exec.Command(python, "-m", "ministack")
	e.cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+e.url(), fmt.Sprintf("GATEWAY_PORT=%d", e.port), "BIND_HOST=127.0.0.1", "IOT_MTLS_ENABLED=0",
		"MINISTACK_ACCOUNT_ID="+account, "S3_DATA_DIR="+e.dir+"/s3", "STATE_DIR="+e.dir+"/state", "PERSIST_STATE=1")
	e.cmd.Env = append(e.cmd.Env, e.env...)
	require.NoError(e.t, e.cmd.Start())
	require.Eventually(e.t, func() bool {
		resp, err := http.Get(e.url() + "/_localstack/health")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}, time.Minute, 50*time.Millisecond)
}

func (e *emulator) stop(s syscall.Signal) {
	_ = e.cmd.Process.Signal(s)
	_ = e.cmd.Wait()
}

func (e *emulator) config() aws.Config {
	return aws.Config{
		Region: region, BaseEndpoint: aws.String(e.url()), Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		HTTPClient: &http.Client{Timeout: 10 * time.Second},
	}
}

// deploy creates a stream, a queue for failures, and the rule that writes to both.
func (e *emulator) deploy(w *world, rule string) {
	e.t.Helper()
	ctx, cfg := e.t.Context(), e.config()
	_, err := kinesis.NewFromConfig(cfg).CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: aws.String("telemetry"), ShardCount: aws.Int32(1)})
	require.NoError(e.t, err)
	queue, err := sqs.NewFromConfig(cfg).CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("failures")})
	require.NoError(e.t, err)
	c := iot.NewFromConfig(cfg)
	_, err = c.CreatePolicy(ctx, &iot.CreatePolicyInput{PolicyName: aws.String("car"), PolicyDocument: aws.String(carPolicy)})
	require.NoError(e.t, err)
	_, err = c.RegisterCACertificate(ctx, &iot.RegisterCACertificateInput{
		CaCertificate: aws.String(encodePEM(w.issuer.Certificate.Raw)), CertificateMode: types.CertificateModeSniOnly, SetAsActive: true, AllowAutoRegistration: true,
	})
	require.NoError(e.t, err)
	_, err = c.CreateTopicRule(ctx, &iot.CreateTopicRuleInput{RuleName: aws.String("telemetry"), TopicRulePayload: &types.TopicRulePayload{
		Sql: aws.String(rule), AwsIotSqlVersion: aws.String("2016-03-23"),
		Actions:     []types.Action{{Kinesis: &types.KinesisAction{StreamName: aws.String("telemetry"), PartitionKey: aws.String("${topic(3)}"), RoleArn: aws.String("arn:aws:iam::000000000000:role/r")}}},
		ErrorAction: &types.Action{Sqs: &types.SqsAction{QueueUrl: queue.QueueUrl, RoleArn: aws.String("arn:aws:iam::000000000000:role/r")}},
	}})
	require.NoError(e.t, err)
}

func encodePEM(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// activate completes a registration like the platform's registration function.
func (e *emulator) activate(id, thing string) {
	e.t.Helper()
	ctx, c := e.t.Context(), iot.NewFromConfig(e.config())
	d, err := c.DescribeCertificate(ctx, &iot.DescribeCertificateInput{CertificateId: &id})
	require.NoError(e.t, err)
	require.Equal(e.t, types.CertificateStatusPendingActivation, d.CertificateDescription.Status)
	_, err = c.CreateThing(ctx, &iot.CreateThingInput{ThingName: &thing})
	require.NoError(e.t, err)
	_, err = c.AttachThingPrincipal(ctx, &iot.AttachThingPrincipalInput{ThingName: &thing, Principal: d.CertificateDescription.CertificateArn})
	require.NoError(e.t, err)
	_, err = c.AttachPolicy(ctx, &iot.AttachPolicyInput{PolicyName: aws.String("car"), Target: d.CertificateDescription.CertificateArn})
	require.NoError(e.t, err)
	_, err = c.UpdateCertificate(ctx, &iot.UpdateCertificateInput{CertificateId: &id, NewStatus: types.CertificateStatusActive})
	require.NoError(e.t, err)
}

// records returns the numbers of the messages in the stream.
func (e *emulator) records() []int {
	e.t.Helper()
	ctx, c := e.t.Context(), kinesis.NewFromConfig(e.config())
	shards, err := c.ListShards(ctx, &kinesis.ListShardsInput{StreamName: aws.String("telemetry")})
	require.NoError(e.t, err)
	at, err := c.GetShardIterator(ctx, &kinesis.GetShardIteratorInput{
		StreamName: aws.String("telemetry"), ShardId: shards.Shards[0].ShardId, ShardIteratorType: kinesistypes.ShardIteratorTypeTrimHorizon,
	})
	require.NoError(e.t, err)
	out, err := c.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: at.ShardIterator})
	require.NoError(e.t, err)
	var numbers []int
	for _, r := range out.Records {
		var m struct{ N int }
		require.NoError(e.t, json.Unmarshal(r.Data, &m))
		numbers = append(numbers, m.N)
	}
	return numbers
}

// against starts the gateway with the emulator's registry and services.
func against(t *testing.T, e *emulator) *world {
	t.Helper()
	return newWorld(t, func(c *gateway.Config) {
		retrier := &actions.Retrier{Within: time.Minute, First: 20 * time.Millisecond, Most: 200 * time.Millisecond, Report: c.Health.Report}
		c.Source, c.Poll = registry.NewAWS(e.config()), 200*time.Millisecond
		c.Actions = func(r actions.Republisher) gateway.ActionBuilder { return actions.NewBuilder(e.config(), retrier, r) }
	})
}

// TestNoAcknowledgedMessageIsLostWhenTheEmulatorGoesAway runs registration, rules and actions against a real emulator, which is stopped in
// the middle and started again.
func TestNoAcknowledgedMessageIsLostWhenTheEmulatorGoesAway(t *testing.T) {
	e := newEmulator(t)
	w := against(t, e)
	e.deploy(w, strings.Replace(telemetry, "* AS message", "n", 1))
	w.eventually(func() bool { return w.gateway.HasRule("telemetry") }, "the gateway loads the rule")
	car := w.car("CAR1")
	w.eventually(func() bool {
		_, _, err := w.attempt(car, 5, "CAR1")
		require.Error(t, err)
		_, err = iot.NewFromConfig(e.config()).DescribeCertificate(t.Context(), &iot.DescribeCertificateInput{CertificateId: aws.String(registry.CertificateID(car.Certificate))})
		return err == nil
	}, "the certificate is registered just in time")
	e.activate(registry.CertificateID(car.Certificate), "CAR1")
	d, ack, err := w.attempt(car, 5, "CAR1")
	require.NoError(t, err)
	require.Zero(t, ack.ReasonCode)

	const each = 50
	send := func(from int) (ids []uint16) {
		for n := range each {
			ids = append(ids, d.publish("$aws/rules/telemetry/dt/cars/CAR1/telemetry", 1, fmt.Sprintf(`{"n": %d}`, from+n)))
		}
		return ids
	}
	for _, id := range send(0) {
		d.acknowledged(id)
	}
	assert.Len(t, e.records(), each)

	e.stop(syscall.SIGTERM)
	waiting := send(each)
	w.eventually(func() bool { return strings.Contains(w.log.text(), "service does not answer") }, "the outage is logged")
	d.quiet()
	e.start()
	for _, id := range waiting {
		d.acknowledged(id)
	}
	numbers := map[int]bool{}
	for _, n := range e.records() {
		numbers[n] = true
	}
	for n := range 2 * each {
		assert.True(t, numbers[n], "message %d was acknowledged", n)
	}
	assert.Contains(t, w.log.text(), "service answers again")
	assert.LessOrEqual(t, bytes.Count([]byte(w.log.text()), []byte("service does not answer")), 2, "one line each for the registry and the stream")
}

// A policy of the fleet's group applies to cars in the manufacturers' groups below it. The cars are direct members of no other group of the
// fleet.
func TestPoliciesOfAGroupApplyBelowIt(t *testing.T) {
	e := newEmulator(t)
	ctx, c := t.Context(), iot.NewFromConfig(e.config())
	_, err := c.CreatePolicy(ctx, &iot.CreatePolicyInput{PolicyName: aws.String("fleet"), PolicyDocument: aws.String(carPolicy)})
	require.NoError(t, err)
	fleet, err := c.CreateThingGroup(ctx, &iot.CreateThingGroupInput{ThingGroupName: aws.String("fleet")})
	require.NoError(t, err)
	_, err = c.CreateThingGroup(ctx, &iot.CreateThingGroupInput{ThingGroupName: aws.String("acme"), ParentGroupName: aws.String("fleet")})
	require.NoError(t, err)
	_, err = c.AttachPolicy(ctx, &iot.AttachPolicyInput{PolicyName: aws.String("fleet"), Target: fleet.ThingGroupArn})
	require.NoError(t, err)
	_, err = c.CreateThing(ctx, &iot.CreateThingInput{ThingName: aws.String("CAR1")})
	require.NoError(t, err)
	_, err = c.AddThingToThingGroup(ctx, &iot.AddThingToThingGroupInput{ThingName: aws.String("CAR1"), ThingGroupName: aws.String("acme")})
	require.NoError(t, err)
	snapshot, err := registry.NewAWS(e.config()).Snapshot(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{*fleet.ThingGroupArn}, snapshot.Groups["CAR1"])
	assert.NotEmpty(t, snapshot.PoliciesOf("arn:none", "CAR1"))
	assert.Equal(t, snapshot.PoliciesOf("arn:none", ""), snapshot.PoliciesOf("arn:none", "CAR2"))
}
