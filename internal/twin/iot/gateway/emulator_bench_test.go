//go:build integration

package gateway_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/tool/freeport"
)

// BenchmarkEmulatorsOwnBroker is BenchmarkPublish against the emulator's own IoT broker, for comparison: the same messages over mutual TLS
// through a rule with the same SQL. The rule has the cheapest action of the emulator, a republish to a topic without subscribers.
//
//	go test -tags integration -run '^$' -bench 'Publish|EmulatorsOwn' ./internal/twin/iot/gateway
func BenchmarkEmulatorsOwnBroker(b *testing.B) {
	for _, clients := range []int{1, 200} {
		for qos := range byte(2) {
			b.Run(fmt.Sprintf("QoS=%d/connections=%d", qos, clients), func(b *testing.B) { loadEmulator(b, qos, clients) })
		}
	}
}

func loadEmulator(b *testing.B, qos byte, clients int) {
	address, car := emulatorBroker(b)
	devices := make([]*device, clients)
	for i := range devices {
		devices[i] = emulatorClient(b, address, car, fmt.Sprintf("CAR%d", i))
	}
	b.ResetTimer()
	var latencies sync.Map
	var group sync.WaitGroup
	for i, d := range devices {
		n := b.N / clients
		if i < b.N%clients {
			n++
		}
		topic := fmt.Sprintf("dt/cars/CAR%d/telemetry", i)
		group.Go(func() {
			latencies.Store(i, d.load(qos, n, topic, benchPayload))
			if qos == 0 { // packets of a connection are handled in order: this response means that the earlier ones are handled
				d.load(1, 1, topic, benchPayload)
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	if qos == 1 {
		b.ReportMetric(float64(p99(&latencies))/1e6, "p99-ms")
	}
}

func emulatorClient(b *testing.B, address string, car pki.Pair, clientID string) *device {
	raw, err := net.DialTimeout("tcp", address, patience)
	require.NoError(b, err)
	b.Cleanup(func() { _ = raw.Close() })
	conn := tls.Client(raw, &tls.Config{
		InsecureSkipVerify: true, ServerName: "localhost", // the emulator of this test
		Certificates: []tls.Certificate{{Certificate: [][]byte{car.Certificate.Raw}, PrivateKey: car.Key}},
	})
	d, ack, err := connect(b, conn, 5, clientID)
	require.NoError(b, err)
	require.Zero(b, ack.ReasonCode)
	return d
}

// emulatorBroker starts an emulator with its own broker, and registers a certificate and the rule.
func emulatorBroker(b *testing.B) (address string, car pki.Pair) {
	b.Helper()
	port, err := freeport.One()
	require.NoError(b, err)
	e := newEmulator(b, "IOT_MTLS_ENABLED=1", fmt.Sprintf("IOT_MTLS_PORT=%d", port), "MINISTACK_REGION="+region)
	ca, err := pki.NewRoot("Acme", time.Now())
	require.NoError(b, err)
	car, err = pki.NewCar(ca, "CAR", 30, time.Now())
	require.NoError(b, err)
	c := iot.NewFromConfig(e.config())
	_, err = c.RegisterCertificateWithoutCA(b.Context(), &iot.RegisterCertificateWithoutCAInput{
		CertificatePem: aws.String(encodePEM(car.Certificate.Raw)), Status: types.CertificateStatusActive,
	})
	require.NoError(b, err)
	_, err = c.CreateTopicRule(b.Context(), &iot.CreateTopicRuleInput{RuleName: aws.String("telemetry"), TopicRulePayload: &types.TopicRulePayload{
		Sql: aws.String(telemetry), AwsIotSqlVersion: aws.String("2016-03-23"),
		Actions: []types.Action{{Republish: &types.RepublishAction{Topic: aws.String("out"), RoleArn: aws.String("arn:aws:iam::000000000000:role/r")}}},
	}})
	require.NoError(b, err)
	return fmt.Sprintf("127.0.0.1:%d", port), car
}
