//go:build integration

package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/awsconfig"
	tables "connectedcar/internal/aws/dynamodb"
	objectstore "connectedcar/internal/aws/s3"
	"connectedcar/internal/device/drive"
	"connectedcar/internal/device/pki"
	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/names"
	"connectedcar/internal/platform"
)

// account has the AWS resources that the tool needs, created for one test and deleted after it.
type account struct {
	t        *testing.T
	cfg      aws.Config
	platform platform.Platform
	file     string
}

func newAccount(t *testing.T) *account {
	t.Helper()
	if os.Getenv("AWS_ENDPOINT_URL") == "" {
		t.Skip("AWS_ENDPOINT_URL is not set")
	}
	cfg, err := awsconfig.Local(os.Getenv("AWS_ENDPOINT_URL"), os.Getenv("AWS_REGION"), awsconfig.Key{})
	require.NoError(t, err)
	unique := fmt.Sprintf("carctl-%d", time.Now().UnixNano())
	a := &account{t: t, cfg: cfg, file: filepath.Join(t.TempDir(), "platform.json")}
	outputs := map[string]string{names.OutputApplication: "cars"}
	for output, keys := range map[string][]string{
		names.OutputVehiclesTable: {"vin"}, names.OutputVehicleStateTable: {"vin"},
		names.OutputTelemetryTable: {"pk", "sk"}, names.OutputHealthReportsTable: {"vin", "reportId"},
		names.OutputCertificatesTable: {"vin", "certificateId"},
	} {
		outputs[output] = a.table(unique+"-"+output, keys)
	}
	queues := []string{
		names.OutputTelemetryFailureQueue, names.OutputLakeFailures, names.OutputRegistrationQueue, names.OutputRegistrationFailures,
		names.OutputRuleFailureQueue,
	}
	for _, w := range names.Workers {
		queues = append(queues, w.Queue, w.GivenUp)
	}
	for _, output := range queues {
		outputs[output] = a.queue(unique + "-" + output)
	}
	for _, output := range []string{names.OutputRawBucket, names.OutputFailuresBucket} {
		outputs[output] = a.bucket(strings.ToLower(unique + "-" + output))
	}
	outputs[names.OutputTelemetryStream] = a.stream(unique)
	a.platform = platform.Platform{AWSEndpoint: os.Getenv("AWS_ENDPOINT_URL"), Region: cfg.Region, Stacks: map[string]map[string]string{"all": outputs}}
	require.NoError(t, a.platform.Save(a.file))
	return a
}

func (a *account) table(name string, keys []string) string {
	client := dynamodb.NewFromConfig(a.cfg)
	in := &dynamodb.CreateTableInput{TableName: &name, BillingMode: types.BillingModePayPerRequest}
	for i, k := range keys {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String(k), AttributeType: types.ScalarAttributeTypeS})
		in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: aws.String(k), KeyType: []types.KeyType{types.KeyTypeHash, types.KeyTypeRange}[i]})
	}
	if strings.HasSuffix(name, names.OutputVehiclesTable) {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("manufacturerId"), AttributeType: types.ScalarAttributeTypeS})
		in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{{
			IndexName: aws.String("byManufacturer"), Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
			KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("manufacturerId"), KeyType: types.KeyTypeHash}, {AttributeName: aws.String("vin"), KeyType: types.KeyTypeRange}},
		}}
	}
	_, err := client.CreateTable(a.t.Context(), in)
	var there *types.ResourceInUseException
	if !errors.As(err, &there) { // the name is unique, so an earlier try of the same call created the table
		require.NoError(a.t, err)
	}
	a.t.Cleanup(func() { _, _ = client.DeleteTable(a.background(), &dynamodb.DeleteTableInput{TableName: &name}) })
	return name
}

func (a *account) queue(name string) string {
	client := sqs.NewFromConfig(a.cfg)
	out, err := client.CreateQueue(a.t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	require.NoError(a.t, err)
	a.t.Cleanup(func() { _, _ = client.DeleteQueue(a.background(), &sqs.DeleteQueueInput{QueueUrl: out.QueueUrl}) })
	return *out.QueueUrl
}

func (a *account) bucket(name string) string {
	client := objectstore.NewClient(a.cfg)
	_, err := client.CreateBucket(a.t.Context(), &s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(a.cfg.Region)}})
	require.NoError(a.t, err)
	a.t.Cleanup(func() { _, _ = client.DeleteBucket(a.background(), &s3.DeleteBucketInput{Bucket: &name}) })
	return name
}

func (a *account) stream(name string) string {
	client := kinesis.NewFromConfig(a.cfg)
	_, err := client.CreateStream(a.t.Context(), &kinesis.CreateStreamInput{StreamName: &name, ShardCount: aws.Int32(1)})
	require.NoError(a.t, err)
	a.t.Cleanup(func() { _, _ = client.DeleteStream(a.background(), &kinesis.DeleteStreamInput{StreamName: &name}) })
	require.Eventually(a.t, func() bool {
		out, err := client.DescribeStreamSummary(a.t.Context(), &kinesis.DescribeStreamSummaryInput{StreamName: &name})
		return err == nil && out.StreamDescriptionSummary.StreamStatus == "ACTIVE"
	}, 10*time.Second, 20*time.Millisecond)
	return name
}

func (a *account) output(name string) string {
	v, err := a.platform.Output(name)
	require.NoError(a.t, err)
	return v
}

func (a *account) send(queue string, message any) {
	body, ok := message.(string)
	if !ok {
		b, err := json.Marshal(message)
		require.NoError(a.t, err)
		body = string(b)
	}
	_, err := sqs.NewFromConfig(a.cfg).SendMessage(a.t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(a.output(queue)), MessageBody: &body})
	require.NoError(a.t, err)
}

// records returns all records of the stream.
func (a *account) records() []string {
	client := kinesis.NewFromConfig(a.cfg)
	name := a.output(names.OutputTelemetryStream)
	shards, err := client.ListShards(a.t.Context(), &kinesis.ListShardsInput{StreamName: &name})
	require.NoError(a.t, err)
	it, err := client.GetShardIterator(a.t.Context(), &kinesis.GetShardIteratorInput{StreamName: &name, ShardId: shards.Shards[0].ShardId, ShardIteratorType: "TRIM_HORIZON"})
	require.NoError(a.t, err)
	out, err := client.GetRecords(a.t.Context(), &kinesis.GetRecordsInput{ShardIterator: it.ShardIterator})
	require.NoError(a.t, err)
	var records []string
	for _, r := range out.Records {
		records = append(records, *r.PartitionKey+" "+string(r.Data))
	}
	return records
}

func (a *account) background() context.Context { return context.WithoutCancel(a.t.Context()) }

// carctl runs the tool on the account's platform.
func (a *account) carctl(args ...string) (string, error) {
	out, _, err := carctl(a.t, append(args, "--platform", a.file)...)
	return out, err
}

func TestVehiclesAreAddedOnceAndListed(t *testing.T) {
	a := newAccount(t)
	add := []string{"vehicle", "add", car, "--manufacturer", "acme", "--make", "Acme", "--model", "Comet", "--model-year", "2026", "--powertrain", "ELECTRIC"}
	out, err := a.carctl(add...)
	require.NoError(t, err)
	assert.Equal(t, "added 1 vehicle(s)\n", out)
	out, err = a.carctl(add...)
	require.NoError(t, err)
	assert.Contains(t, out, "on the list already; nothing changed")
	_, err = a.carctl(append(add[:len(add)-1], "HYBRID")...)
	require.ErrorContains(t, err, `differs in powertrain ("ELECTRIC", not "HYBRID")`)

	out, err = a.carctl("vehicle", "add", "--generate", "30", "--manufacturer", "other")
	require.NoError(t, err)
	assert.Equal(t, "added 30 vehicle(s)\n", out)
	out, err = a.carctl("vehicle", "list", "--manufacturer", "acme", "--json")
	require.NoError(t, err)
	assert.JSONEq(t, `{"vin":"`+car+`","manufacturer":"acme","make":"Acme","model":"Comet","modelYear":2026,"powertrain":"ELECTRIC","status":"ALLOWED"}`, out)
	out, err = a.carctl("vehicle", "list")
	require.NoError(t, err)
	assert.Len(t, strings.Split(strings.TrimSpace(out), "\n"), 32)
}

func TestADriveOfACarThatIsNotOnTheListEndsAtOnce(t *testing.T) {
	a := newAccount(t)
	_, err := a.carctl("drive", car, "--duration", "10s", "--ca", authority(t))
	require.ErrorContains(t, err, car+" is not on the allow-list: --allow puts it there")
}

func TestABadCSVWritesNothing(t *testing.T) {
	a := newAccount(t)
	file := filepath.Join(t.TempDir(), "fleet.csv")
	require.NoError(t, os.WriteFile(file, []byte("vin,manufacturer,make,model,modelYear,powertrain\n"+
		car+",acme,Acme,Comet,2026,HYBRID\nshort,acme,Acme,Comet,2026,HYBRID\n"), 0o600))
	_, err := a.carctl("vehicle", "add", "--csv", file)
	require.ErrorContains(t, err, "1 of 2 rows are bad; nothing was added")
	out, err := a.carctl("vehicle", "list", "--json")
	require.NoError(t, err)
	assert.Empty(t, out)
	out, err = a.carctl("vehicle", "add", "--csv", file, "--skip-bad")
	require.NoError(t, err)
	assert.Equal(t, "added 1 vehicle(s)\n", out)
}

func TestTelemetryIsReadBack(t *testing.T) {
	a := newAccount(t)
	_, err := a.carctl("telemetry", car)
	require.ErrorContains(t, err, "nothing is stored of "+car)

	db := dynamodb.NewFromConfig(a.cfg)
	at := time.Now().UTC().Add(-time.Minute)
	for i := range 3 {
		ts := at.Add(time.Duration(i) * time.Second).Format(names.TimestampLayout)
		_, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(a.output(names.OutputTelemetryTable)), Item: map[string]types.AttributeValue{
			"pk":  &types.AttributeValueMemberS{Value: telemetry.Partition(car, at)},
			"sk":  &types.AttributeValueMemberS{Value: ts + "#" + fmt.Sprint(i)},
			"ts":  &types.AttributeValueMemberS{Value: ts},
			"seq": &types.AttributeValueMemberN{Value: fmt.Sprint(i)},
			"signals": &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{
				telemetry.Speed: &types.AttributeValueMemberN{Value: fmt.Sprint(50 + i)},
			}},
		}})
		require.NoError(t, err)
	}
	out, err := a.carctl("telemetry", car, "--limit", "2")
	require.NoError(t, err)
	assert.NotContains(t, out, " 50 ")
	assert.Less(t, strings.Index(out, " 51 "), strings.Index(out, " 52 "), "the newest, in order of time")
}

func TestTelemetryFailuresAreListedAndBroughtBack(t *testing.T) {
	a := newAccount(t)
	for i := range 3 {
		a.send(names.OutputTelemetryFailureQueue, map[string]any{"reason": "unstorable", "detail": "throttled", "vin": car, "payload": []byte(telemetryMessage(i, 0)), "partitionKey": car})
	}
	a.send(names.OutputTelemetryFailureQueue, "no JSON")
	for range 2 { // list has no side effects
		out, err := a.carctl("redrive", "list", "telemetry")
		require.NoError(t, err)
		assert.Regexp(t, `3 +unstorable +`+car, out)
		assert.Regexp(t, `1 +unreadable`, out)
	}
	out, err := a.carctl("redrive", "run", "telemetry", "--dry-run")
	require.NoError(t, err)
	assert.Contains(t, out, "would bring back 3\n")
	assert.Empty(t, a.records())
	out, err = a.carctl("redrive", "run", "telemetry", "--max", "1", "--reason", "unstorable")
	require.NoError(t, err)
	require.NotContains(t, out, "brought back 3")
	_, err = a.carctl("redrive", "run", "telemetry")
	require.NoError(t, err)
	records := a.records()
	require.Len(t, records, 3)
	assert.Contains(t, records, car+" "+telemetryMessage(1, 0))
	out, err = a.carctl("redrive", "list", "telemetry", "--json")
	require.NoError(t, err)
	assert.Contains(t, out, `"count":1`, "what cannot be read stays")
}

func TestRegistrationsAreBroughtBack(t *testing.T) {
	a := newAccount(t)
	event := `{"certificateId":"abc","caCertificateId":"def","certificateStatus":"PENDING_ACTIVATION"}`
	a.send(names.OutputRegistrationFailures, event)
	out, err := a.carctl("redrive", "run", "registration")
	require.NoError(t, err)
	assert.Equal(t, "brought back 1\n", out)
	got, err := sqs.NewFromConfig(a.cfg).ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(a.output(names.OutputRegistrationQueue)), WaitTimeSeconds: 2})
	require.NoError(t, err)
	require.Len(t, got.Messages, 1)
	assert.Equal(t, event, *got.Messages[0].Body)
}

func TestARulesWorkIsDoneFromItsErrorDocument(t *testing.T) {
	a := newAccount(t)
	document := func(kind, client, payload string) map[string]any {
		return map[string]any{
			"ruleName": "cars_" + kind, "topic": "dt/cars/" + car + "/" + kind, "clientId": client,
			"base64OriginalPayload": base64.StdEncoding.EncodeToString([]byte(payload)),
			"failures":              []map[string]string{{"failedAction": "KinesisAction", "errorMessage": "throttled"}},
		}
	}
	a.send(names.OutputRuleFailureQueue, document("telemetry", car, sent("telemetry/1", 1, `"bootId":"b","seq":1,"signals":{"Vehicle.Speed":50}`)))
	a.send(names.OutputRuleFailureQueue, document("healthreport", car, sent("healthreport/1", 1, `"odometerM":9345678901,"systems":{"engine":"OK","brakes":"OK",`+
		`"tyres":"OK","battery":"OK","emissions":"OK","service":"OK"}`)))
	a.send(names.OutputRuleFailureQueue, document("event", car, sent("event/1", 1, `"kind":"tow"`)))
	a.send(names.OutputRuleFailureQueue, document("telemetry", "1ACEV26S0TA000009", `{"schema":"telemetry/1"}`))
	a.send(names.OutputRuleFailureQueue, document("telemetry", car, `{"schema":"telemetry/1"}`))
	a.send(names.OutputRuleFailureQueue, document("healthreport", car, "\xff"))
	out, err := a.carctl("redrive", "run", "rules")
	require.NoError(t, err)
	assert.Contains(t, out, "brought back 3\n")
	assert.Contains(t, out, "kept 1: client is not the car of the topic")
	assert.Contains(t, out, "kept 1: the payload is no JSON object")
	assert.Contains(t, out, "kept 1: it would be refused again (schema_invalid), however often: edit it, or drop it")

	records := a.records()
	require.Len(t, records, 1)
	assert.Regexp(t, `^`+car+` .*"clientId":"`+car+`".*"ingestedAt":\d{13}`, records[0])
	item, err := dynamodb.NewFromConfig(a.cfg).GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String(a.output(names.OutputHealthReportsTable)),
		Key:       map[string]types.AttributeValue{"vin": &types.AttributeValueMemberS{Value: car}, "reportId": &types.AttributeValueMemberS{Value: messageID(1)}},
	})
	require.NoError(t, err)
	require.IsType(t, &types.AttributeValueMemberM{}, item.Item["message"])
	sent := item.Item["message"].(*types.AttributeValueMemberM).Value
	assert.Equal(t, &types.AttributeValueMemberN{Value: "9345678901"}, sent["odometerM"])
	objects, err := objectstore.NewClient(a.cfg).ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String(a.output(names.OutputRawBucket)), Prefix: aws.String("raw/event/vin=" + car + "/")})
	require.NoError(t, err)
	assert.Len(t, objects.Contents, 1)
}

func TestBatchesAreBroughtBack(t *testing.T) {
	a := newAccount(t)
	source := `"eventSourceARN":"arn:aws:kinesis:us-east-1:000000000000:stream/` + a.output(names.OutputTelemetryStream) + `"`
	batch := `{"requestContext":{"condition":"RetryAttemptsExhausted"},"payload":{"Records":[
		{` + source + `,"kinesis":{"partitionKey":"` + car + `","data":"` + base64.StdEncoding.EncodeToString([]byte("one")) + `"}},
		{` + source + `,"kinesis":{"partitionKey":"` + car + `","data":"` + base64.StdEncoding.EncodeToString([]byte("two")) + `"}}]}}`
	_, err := objectstore.NewClient(a.cfg).PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(a.output(names.OutputFailuresBucket)), Key: aws.String("aws/lambda/x"), Body: strings.NewReader(batch)})
	require.NoError(t, err)
	out, err := a.carctl("redrive", "list", "batches")
	require.NoError(t, err)
	assert.Regexp(t, `2 +RetryAttemptsExhausted`, out)
	out, err = a.carctl("redrive", "run", "batches")
	require.NoError(t, err)
	assert.Equal(t, "brought back 2\n", out)
	assert.Equal(t, []string{car + " one", car + " two"}, a.records())
	out, err = a.carctl("redrive", "list", "batches")
	require.NoError(t, err)
	assert.Equal(t, "nothing failed\n", out)
}

func TestGeneratedVehiclesAreTheSameEveryTime(t *testing.T) {
	assert.Equal(t, drive.MadeUpVIN("generated 1 0"), drive.MadeUpVIN("generated 1 0"))
	assert.True(t, drive.MadeUpVIN("generated 1 0").CheckDigitValid())
}

func TestAnEnvironmentIsFoundByItsStacks(t *testing.T) {
	a := newAccount(t)
	environment := fmt.Sprintf("t%d", time.Now().UnixNano()%1e9)
	client := cloudformation.NewFromConfig(a.cfg)
	template := `{"Resources":{"Queue":{"Type":"AWS::SQS::Queue"}},"Outputs":{` +
		`"Application":{"Value":"cars"},"VehiclesTable":{"Value":"` + a.output(names.OutputVehiclesTable) + `"},` +
		`"ApiUrl":{"Value":"https://api.example.com"},"UserPoolId":{"Value":"eu-central-1_pool"},"CliClientId":{"Value":"client"}}}`
	_, _, err := carctl(t, "vehicle", "list", "--env", environment)
	require.ErrorContains(t, err, "stack connectedcar-"+environment+"-data: it does not exist")
	for _, part := range []string{"data", "fleet", "ingest", "identity", "alerts", "api"} {
		name := "connectedcar-" + environment + "-" + part
		_, err := client.CreateStack(t.Context(), &cloudformation.CreateStackInput{StackName: &name, TemplateBody: &template})
		require.NoError(t, err)
		t.Cleanup(func() { _, _ = client.DeleteStack(a.background(), &cloudformation.DeleteStackInput{StackName: &name}) })
		require.Eventually(t, func() bool {
			out, err := client.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: &name})
			return err == nil && out.Stacks[0].StackStatus == "CREATE_COMPLETE"
		}, 20*time.Second, 50*time.Millisecond)
	}
	_, err = a.carctl("vehicle", "add", car, "--manufacturer", "acme")
	require.NoError(t, err)
	out, _, err := carctl(t, "vehicle", "list", "--env", environment)
	require.NoError(t, err)
	assert.Contains(t, out, car)
}

func TestAnAuthorityIsRegisteredOnce(t *testing.T) {
	a := newAccount(t)
	dir := filepath.Join(t.TempDir(), "ca")
	_, err := a.carctl("ca", "init", "--dir", dir, "--organization", fmt.Sprint("Test ", time.Now().UnixNano()), "--verification")
	require.NoError(t, err)
	register := []string{"ca", "register", "--dir", dir, "--manufacturer", "acme", "--mode", "default"}
	first, err := a.carctl(register...)
	require.NoError(t, err)
	id := regexp.MustCompile(`[0-9a-f]{64}`).FindString(first)
	require.NotEmpty(t, id)
	client := iot.NewFromConfig(a.cfg)
	t.Cleanup(func() {
		_, _ = client.UpdateCACertificate(a.background(), &iot.UpdateCACertificateInput{CertificateId: &id, NewStatus: "INACTIVE"})
		_, _ = client.DeleteCACertificate(a.background(), &iot.DeleteCACertificateInput{CertificateId: &id})
	})
	assert.Contains(t, first, `{"id":"`+id+`"}`)
	again, err := a.carctl(register...)
	require.NoError(t, err)
	assert.Contains(t, again, id+" is registered already; it is active")
	got, err := client.DescribeCACertificate(t.Context(), &iot.DescribeCACertificateInput{CertificateId: &id})
	require.NoError(t, err)
	assert.Equal(t, "ACTIVE", string(got.CertificateDescription.Status))
	assert.Equal(t, "ENABLE", string(got.CertificateDescription.AutoRegistrationStatus))
}

func TestACertificateAuthorityThatLeakedIsCutOff(t *testing.T) {
	a := newAccount(t)
	dir := filepath.Join(t.TempDir(), "ca")
	_, err := a.carctl("ca", "init", "--dir", dir, "--organization", fmt.Sprint("Test ", time.Now().UnixNano()), "--verification")
	require.NoError(t, err)
	registered, err := a.carctl("ca", "register", "--dir", dir, "--manufacturer", "acme", "--mode", "default")
	require.NoError(t, err)
	ca := regexp.MustCompile(`[0-9a-f]{64}`).FindString(registered)
	issuer, err := pki.Folder(dir).Issuer()
	require.NoError(t, err)
	client, store := iot.NewFromConfig(a.cfg), tables.NewAllCertificates(dynamodb.NewFromConfig(a.cfg), a.platform.Stacks["all"][names.OutputCertificatesTable])
	var ids []string
	for n := range 7 {
		v := fmt.Sprintf("WVWZZZ1JZXW00000%d", n)
		leaf, err := pki.CarFolder(t.TempDir()).Issue(issuer, v, 30, time.Now())
		require.NoError(t, err)
		out, err := client.RegisterCertificate(t.Context(), &iot.RegisterCertificateInput{
			CertificatePem: aws.String(string(leaf.CertificatePEM())), CaCertificatePem: aws.String(string(issuer.CertificatePEM())), Status: "ACTIVE",
		})
		require.NoError(t, err)
		ids = append(ids, *out.CertificateId)
		require.NoError(t, store.PutRecord(t.Context(), certificate.Record{
			VIN: v, CertificateID: *out.CertificateId, CACertificateID: ca, Status: certificate.Active, RegisteredAt: time.Now().UTC().Truncate(time.Millisecond),
		}))
	}
	revoke := []string{"ca", "revoke", ca, "--reason", "the key leaked", "--rate", "100"}
	_, err = a.carctl(revoke...)
	require.ErrorContains(t, err, "add --yes")
	for _, want := range []string{"7 certificates revoked", "0 certificates revoked"} {
		out, err := a.carctl(append(revoke, "--yes")...)
		require.NoError(t, err)
		assert.Contains(t, out, want)
	}
	for n, id := range ids {
		got, err := client.DescribeCertificate(t.Context(), &iot.DescribeCertificateInput{CertificateId: &id})
		require.NoError(t, err)
		assert.Equal(t, "REVOKED", string(got.CertificateDescription.Status))
		record, err := store.Record(t.Context(), fmt.Sprintf("WVWZZZ1JZXW00000%d", n), id)
		require.NoError(t, err)
		assert.Equal(t, "the key leaked", record.Reason)
	}
}
