//go:build integration

package interop

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"
	"github.com/oklog/ulid/v2"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/names"
)

// patience limits every wait of a client.
const patience = 20 * time.Second

// car is a registered car with the certificate files for a third-party client.
type car struct {
	vin, certificate, key string
	app                   names.Application
}

// registered returns the n-th car of the allow-list, after its first drive has registered it just in time.
func registered(t *testing.T, n int) car {
	t.Helper()
	require.Greater(t, len(local.Vehicles), n, "cars on the allow-list")
	app, err := local.Application()
	require.NoError(t, err)
	vin := local.Vehicles[n]
	carctl(t, time.Minute, "drive", vin, "--duration", "10s", "--speedup", "max")
	dir := filepath.Join(local.dir, "cars", vin)
	return car{vin: vin, app: app, certificate: filepath.Join(dir, pki.CarCertificate), key: filepath.Join(dir, pki.CarKey)}
}

func carctl(t *testing.T, limit time.Duration, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	out, err := output(ctx, filepath.Join(local.bin, "carctl"), append(args, "--platform", local.file)...)
	require.NoError(t, err)
	return out
}

// sample returns a current telemetry message with a unique speed, which identifies its stored row.
func sample(t *testing.T) (payload, speed string) {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Millisecond)
	id := ulid.MustNew(ulid.Timestamp(now), rand.Reader).String()
	kmh := 40 + float64(now.UnixMilli()%100_000)/10_000
	b, err := json.Marshal(telemetry.Message{
		Schema: telemetry.Schema, ID: id, TS: now, BootID: id, Seq: 1,
		Signals: telemetry.Signals{telemetry.Speed: telemetry.Number(kmh)},
	})
	require.NoError(t, err)
	return string(b), strconv.FormatFloat(kmh, 'f', -1, 64)
}

// requireStored waits until the platform has stored a sample of the car with that speed.
func (c car) requireStored(t *testing.T, speed string) {
	t.Helper()
	var stored string
	for end := time.Now().Add(patience); time.Now().Before(end); {
		stored = carctl(t, patience, "telemetry", c.vin, "--json", "--limit", "3")
		if strings.Contains(stored, speed) {
			return
		}
	}
	require.Contains(t, stored, speed, "the newest stored samples, after %s", patience)
}

// command publishes through the IoT data API, as the platform's back end does.
func command(t *testing.T, topic, payload string) {
	t.Helper()
	api := iotdataplane.New(iotdataplane.Options{
		BaseEndpoint: aws.String(local.iotData), Region: local.Region,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := api.Publish(ctx, &iotdataplane.PublishInput{Topic: aws.String(topic), Qos: 1, Payload: []byte(payload)})
	require.NoError(t, err)
}
