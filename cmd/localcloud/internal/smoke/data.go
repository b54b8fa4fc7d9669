package smoke

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/oklog/ulid/v2"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/names"
	"connectedcar/internal/tool/testcar"
)

// newID is a new ULID with the given time.
func newID(at time.Time) string { return ulid.MustNew(ulid.Timestamp(at), rand.Reader).String() }

// ready returns the registered, connected car that the checks of the data path share.
func (w *world) ready(ctx context.Context) (*testcar.Car, error) {
	c, err := w.joined(ctx)
	if err != nil {
		return nil, fmt.Errorf("get a car on the road: %w", err)
	}
	return c, nil
}

// storesTelemetry sends three messages, the newest in the middle and one of them twice.
func storesTelemetry(ctx context.Context, w *world) (string, error) {
	c, err := w.ready(ctx)
	if err != nil {
		return "", err
	}
	defer c.Leave()
	start := time.Now().UTC().Truncate(time.Millisecond).Add(-time.Minute)
	const newest = 88.5
	var messages []telemetry.Message
	for i, kmh := range []float64{50, newest, 70} {
		at := start.Add([]time.Duration{0, 20 * time.Second, 10 * time.Second}[i])
		messages = append(messages, telemetry.Message{
			Schema: telemetry.Schema, ID: newID(at), TS: at, BootID: "smoke", Seq: uint64(i + 1),
			Signals: telemetry.Signals{telemetry.Speed: telemetry.Number(kmh), telemetry.EngineCoolant: telemetry.Number(90 + float64(i))},
		})
	}
	for _, m := range append(messages, messages[0]) {
		if err := c.PublishJSON(ctx, names.Telemetry, m); err != nil {
			return "", err
		}
	}
	if _, err := w.query(ctx, names.OutputTelemetryTable, "pk", string(c.VIN)+"#"+start.Format(time.DateOnly), len(messages)); err != nil {
		return "", err
	}
	items, err := w.query(ctx, names.OutputVehicleStateTable, "vin", string(c.VIN), 1)
	if err != nil {
		return "", err
	}
	if err := testcar.Eventually(ctx, "wait for the newest speed in VehicleState", func(ctx context.Context) error {
		items, err = w.query(ctx, names.OutputVehicleStateTable, "vin", string(c.VIN), 1)
		if err != nil {
			return err
		}
		if !mentions(items[0], fmt.Sprint(newest)) {
			return fmt.Errorf("the state is %v", plain(items[0]))
		}
		return nil
	}); err != nil {
		return "", err
	}
	rows, err := w.query(ctx, names.OutputTelemetryTable, "pk", string(c.VIN)+"#"+start.Format(time.DateOnly), len(messages))
	if err != nil {
		return "", err
	}
	if len(rows) != len(messages) {
		return "", fmt.Errorf("%d messages, one of them twice, left %d samples", len(messages), len(rows))
	}
	return fmt.Sprintf("%d samples, speed %v km/h", len(rows), newest), nil
}

// mentions reports whether any string in the item contains the text.
func mentions(item map[string]dynamotypes.AttributeValue, text string) bool {
	for _, v := range item {
		if attributeMentions(v, text) {
			return true
		}
	}
	return false
}

func attributeMentions(v dynamotypes.AttributeValue, text string) bool {
	switch x := v.(type) {
	case *dynamotypes.AttributeValueMemberN:
		return x.Value == text
	case *dynamotypes.AttributeValueMemberS:
		return x.Value == text
	case *dynamotypes.AttributeValueMemberM:
		return mentions(x.Value, text)
	case *dynamotypes.AttributeValueMemberL:
		for _, e := range x.Value {
			if attributeMentions(e, text) {
				return true
			}
		}
	}
	return false
}

// plain converts an item to plain Go values for printing.
func plain(item map[string]dynamotypes.AttributeValue) string {
	var b strings.Builder
	for k, v := range item {
		fmt.Fprintf(&b, "%s=%+v ", k, v)
	}
	return strings.TrimSpace(b.String())
}

func keepsRawEvents(ctx context.Context, w *world) (string, error) {
	c, err := w.ready(ctx)
	if err != nil {
		return "", err
	}
	defer c.Leave()
	bucket, err := w.Platform.Output(names.OutputRawBucket)
	if err != nil {
		return "", err
	}
	event := map[string]any{"schema": "event/1", "id": newID(time.Now()), "ts": time.Now().UTC().Format(time.RFC3339), "seq": 1, "kind": "harsh_braking"}
	if err := c.PublishJSON(ctx, names.Event, event); err != nil {
		return "", err
	}
	var key string
	var kept map[string]any
	err = testcar.Eventually(ctx, "wait for the event in "+bucket, func(ctx context.Context) error {
		key, kept, err = w.findObject(ctx, bucket, string(c.VIN), event["id"].(string))
		return err
	})
	if err != nil {
		return "", err
	}
	if kept["vin"] != string(c.VIN) || kept["clientId"] != c.VIN.ThingName() || kept["ingestedAt"] == nil || sent(kept)["kind"] != event["kind"] {
		return "", fmt.Errorf("the kept event is %v", kept)
	}
	return key, nil
}

// sent returns the car's payload from a message that a rule has stamped.
func sent(stamped map[string]any) map[string]any {
	fields, _ := stamped[names.MemberMessage].(map[string]any)
	return fields
}

// findObject finds the object whose key contains the VIN and whose content has the message id. It returns the key and the content.
func (w *world) findObject(ctx context.Context, bucket, vin, id string) (string, map[string]any, error) {
	pages := s3.NewListObjectsV2Paginator(w.s3, &s3.ListObjectsV2Input{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", nil, fmt.Errorf("list %s: %w", bucket, err)
		}
		for _, o := range page.Contents {
			if !strings.Contains(*o.Key, vin) {
				continue
			}
			content, err := w.object(ctx, bucket, *o.Key)
			if err == nil && sent(content)["id"] == id {
				return *o.Key, content, nil
			}
		}
	}
	return "", nil, errors.New("no object has it")
}

func (w *world) object(ctx context.Context, bucket, key string) (map[string]any, error) {
	out, err := w.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", key, err)
	}
	defer out.Body.Close() // read-only: a close error loses nothing
	b, err := io.ReadAll(out.Body)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	var content map[string]any
	return content, json.Unmarshal(b, &content)
}

func storesHealthReports(ctx context.Context, w *world) (string, error) {
	c, err := w.ready(ctx)
	if err != nil {
		return "", err
	}
	defer c.Leave()
	table, err := w.Platform.Output(names.OutputHealthReportsTable)
	if err != nil {
		return "", err
	}
	id := newID(time.Now())
	report := map[string]any{
		"schema": "healthreport/1", "id": id, "ts": time.Now().UTC().Format(names.TimestampLayout), "odometerM": 12345678,
		"systems":    map[string]string{"engine": "OK", "brakes": "OK", "tyres": "WARNING", "battery": "OK", "emissions": "OK", "service": "OK"},
		"openDtcs":   []string{"P0301"},
		"serviceInM": 8000000,
	}
	if err := c.PublishJSON(ctx, names.HealthReport, report); err != nil {
		return "", err
	}
	err = testcar.Eventually(ctx, "wait for the health report in "+table, func(ctx context.Context) error {
		out, err := w.dynamo.GetItem(ctx, &dynamodb.GetItemInput{TableName: &table, ConsistentRead: aws.Bool(true), Key: map[string]dynamotypes.AttributeValue{
			"vin": &dynamotypes.AttributeValueMemberS{Value: string(c.VIN)}, "reportId": &dynamotypes.AttributeValueMemberS{Value: id},
		}})
		if err != nil {
			return err
		}
		if !mentions(out.Item, "12345678") || !mentions(out.Item, "WARNING") {
			return fmt.Errorf("the item is %q", plain(out.Item))
		}
		return nil
	})
	return "report " + id, err
}

func keepsPoison(ctx context.Context, w *world) (string, error) {
	c, err := w.ready(ctx)
	if err != nil {
		return "", err
	}
	defer c.Leave()
	poison := fmt.Sprintf(`{"schema":"telemetry/1","id":"not-a-ulid-%s","ts":"yesterday","signals":"none"}`, c.VIN)
	if err := c.Publish(ctx, names.Telemetry, []byte(poison)); err != nil {
		return "", err
	}
	body, err := w.awaitFailure(ctx, names.OutputTelemetryFailureQueue, string(c.VIN))
	if err != nil {
		return "", err
	}
	var kept struct{ Reason, Detail, VIN, Payload string }
	if err := json.Unmarshal([]byte(body), &kept); err != nil {
		return "", fmt.Errorf("decode the failure %s: %w", body, err)
	}
	payload, err := base64.StdEncoding.DecodeString(kept.Payload)
	if err != nil || !bytes.Contains(payload, []byte("not-a-ulid-"+string(c.VIN))) {
		return "", fmt.Errorf("the failure %s does not hold the message", body)
	}
	if kept.Reason == "" || kept.Detail == "" {
		return "", fmt.Errorf("the failure %s gives no reason", body)
	}
	return kept.Reason + ": " + kept.Detail, nil
}

func keepsUnreadable(ctx context.Context, w *world) (string, error) {
	c, err := w.ready(ctx)
	if err != nil {
		return "", err
	}
	defer c.Leave()
	garbage := "\xff\xfe not JSON " + string(c.VIN)
	if err := c.Publish(ctx, names.HealthReport, []byte(garbage)); err != nil {
		return "", err
	}
	body, err := w.awaitFailure(ctx, names.OutputRuleFailureQueue, string(c.VIN))
	if err != nil {
		return "", err
	}
	var kept struct {
		RuleName              string
		Base64OriginalPayload string
		Failures              []struct{ FailedAction, ErrorMessage string }
	}
	if err := json.Unmarshal([]byte(body), &kept); err != nil {
		return "", fmt.Errorf("decode the failure %s: %w", body, err)
	}
	payload, err := base64.StdEncoding.DecodeString(kept.Base64OriginalPayload)
	if err != nil || string(payload) != garbage || len(kept.Failures) == 0 {
		return "", fmt.Errorf("the failure %s does not hold the message and why", body)
	}
	return kept.RuleName + ": " + kept.Failures[0].ErrorMessage, nil
}

// awaitFailure waits for the message about the car in the failure queue of that stack output, and deletes it from the queue.
func (w *world) awaitFailure(ctx context.Context, output, vin string) (string, error) {
	queue, err := w.Platform.Output(output)
	if err != nil {
		return "", err
	}
	var found sqstypes.Message
	err = testcar.Eventually(ctx, "wait for the message in "+queue, func(ctx context.Context) error {
		out, err := w.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 2})
		if err != nil {
			return err
		}
		for _, m := range out.Messages {
			if strings.Contains(*m.Body, vin) {
				found = m
				return nil
			}
		}
		return errors.New("no message names the car")
	})
	if err != nil {
		return "", err
	}
	_, err = w.sqs.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &queue, ReceiptHandle: found.ReceiptHandle})
	return *found.Body, err
}
