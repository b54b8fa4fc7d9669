package analytics_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/analytics"
)

func TestMessagesAndReadingsAreTheColumnsOfTheTable(t *testing.T) {
	var split, whole []analytics.Column
	split = append(append(split, analytics.MessageColumns()...), analytics.ReadingColumns()...)
	whole = append(append(whole, analytics.Columns()...), analytics.Partitions()...)
	assert.ElementsMatch(t, whole, split)
	assert.Len(t, analytics.ReadingColumns(), 7)
}

func TestUnnestedQuestionsReadMessages(t *testing.T) {
	const table = "telemetry AS (SELECT vin, message_id, boot_id, seq, trip_id, ingested_at, ts, signal, num, str, bool, unit, quality, manufacturer, make, model, powertrain, model_year, day, hour " +
		"FROM messages CROSS JOIN UNNEST(readings) AS reading (ts, signal, num, str, bool, unit, quality))"
	for name, tc := range map[string]struct{ sql, want string }{
		"a selection":                 {"SELECT 1 FROM telemetry", "WITH " + table + "\nSELECT 1 FROM telemetry"},
		"a selection on lines":        {"select\n  1", "WITH " + table + "\nselect\n  1"},
		"one with a step of its own":  {"WITH a AS (SELECT 1) SELECT * FROM a", "WITH " + table + ",\na AS (SELECT 1) SELECT * FROM a"},
		"one with lines and comments": {"-- what\n-- it is\nwith\na AS (SELECT 1) SELECT 1", "WITH " + table + ",\na AS (SELECT 1) SELECT 1"},
		"no question":                 {"SHOW TABLES", "SHOW TABLES"},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, analytics.Unnested(tc.sql)) })
	}
	for _, q := range analytics.Queries() {
		sql := analytics.Unnested(q.Today())
		assert.Equal(t, 1, strings.Count(sql, table), q.Name)
		assert.True(t, strings.HasPrefix(sql, "WITH "+table), q.Name)
	}
}

func TestQualifiedQuestionsNameTheirTable(t *testing.T) {
	assert.Equal(t, `WITH telemetry AS (SELECT * FROM "AwsDataCatalog"."cars".telemetry)`+"\nSELECT 1 FROM telemetry",
		analytics.Qualified("SELECT 1 FROM telemetry", "AwsDataCatalog", "cars", false))
	assert.Contains(t, analytics.Qualified("WITH a AS (SELECT 1) SELECT 1", "s3tablescatalog/cars", "cars", true), `FROM "s3tablescatalog/cars"."cars".messages CROSS JOIN`)
}
