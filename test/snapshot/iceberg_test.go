package snapshot_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/analytics"
)

func TestFirehoseWritesRowsOfTheTableThatThereIs(t *testing.T) {
	templates := synthesise(t).variants["iceberg"]
	require.Len(t, templates, 1)
	in := templates[0]
	table := one(t, in, "AWS::S3Tables::Table").Properties
	columns := map[string]any{}
	for _, f := range list(at(table, "IcebergMetadata", "IcebergSchemaV2", "SchemaV2FieldList")) {
		columns[at(f, "Name").(string)] = at(f, "Type")
	}
	assert.Len(t, columns, len(analytics.MessageColumns())+1)
	assert.Equal(t, "timestamp", columns["ingested_at"])
	assert.Equal(t, "long", columns["seq"])
	element := columns[analytics.ReadingsColumn]
	assert.Equal(t, "list", at(element, "type"))
	assert.Len(t, list(at(element, "element", "fields")), len(analytics.ReadingColumns()))

	written := 0
	for _, d := range in.OfType("AWS::KinesisFirehose::DeliveryStream") {
		to := at(d.Properties, "IcebergDestinationConfiguration")
		if to == nil {
			assert.Contains(t, at(d.Properties, "ExtendedS3DestinationConfiguration", "Prefix"), "raw/", "records stay as they came too")
			continue
		}
		written++
		targets := list(at(to, "DestinationTableConfigurationList"))
		require.Len(t, targets, 1, "with two of them a record would have to say which is its")
		assert.Equal(t, table["TableName"], at(targets[0], "DestinationTableName"))
		assert.Equal(t, table["Namespace"], at(targets[0], "DestinationDatabaseName"))
		assert.Equal(t, true, at(to, "AppendOnly"))
	}
	assert.Equal(t, 1, written)
	for _, f := range in.OfType("AWS::Lambda::Function") {
		assert.Equal(t, "true", at(f.Properties, "Environment", "Variables", "LAKE_NESTED"))
	}
}

func TestOldMessagesAreDeletedAndQuestionsReadMessages(t *testing.T) {
	in := synthesise(t).variants["iceberg"][0]
	deletes, questions := 0, 0
	for _, s := range in.OfType("AWS::Scheduler::Schedule") {
		input := text(t, at(s.Properties, "Target", "Input"))
		assert.Contains(t, input, `s3tablescatalog/connectedcar-cars-dev-tables`)
		if strings.Contains(input, "DELETE FROM messages") {
			deletes++
			assert.Contains(t, input, "INTERVAL '730' DAY")
			continue
		}
		questions++
		assert.Contains(t, input, "WITH telemetry AS (SELECT")
	}
	assert.Equal(t, 1, deletes)
	assert.Len(t, analytics.Queries(), questions)
}

// text is a string value with intrinsic functions, which are kept as JSON.
func text(t *testing.T, value any) string {
	t.Helper()
	var b strings.Builder
	for _, part := range list(at(value, "Fn::Join")) {
		for _, piece := range list(part) {
			if s, ok := piece.(string); ok {
				b.WriteString(s)
			}
		}
	}
	if s, ok := value.(string); ok {
		return s
	}
	return b.String()
}
