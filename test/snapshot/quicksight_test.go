package snapshot_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheDashboardShowsColumnsThatItsQuestionsAnswer(t *testing.T) {
	in := synthesise(t).variants["quicksight"][0]
	answered := map[string]bool{}
	for _, set := range in.OfType("AWS::QuickSight::DataSet") {
		query := at(set.Properties, "PhysicalTableMap", "answer", "CustomSql")
		sql, name := text(t, at(query, "SqlQuery")), at(query, "Name").(string)
		assert.Contains(t, sql, `telemetry AS (SELECT * FROM "AwsDataCatalog".`, "QuickSight has no place for the database's name")
		for _, c := range list(at(query, "Columns")) {
			column := at(c, "Name").(string)
			assert.Contains(t, sql, column)
			answered[name+"."+column] = true
		}
	}
	require.NotEmpty(t, answered)
	shown := 0
	for _, sheet := range list(at(one(t, in, "AWS::QuickSight::Dashboard").Properties, "Definition", "Sheets")) {
		for _, column := range columnsOf(sheet) {
			shown++
			assert.True(t, answered[column], column)
		}
	}
	assert.Greater(t, shown, 20)
}

// columnsOf returns the columns that a part of a dashboard uses, each with its data set.
func columnsOf(value any) []string {
	var found []string
	switch v := value.(type) {
	case map[string]any:
		if set, ok := v["DataSetIdentifier"].(string); ok {
			return []string{set + "." + v["ColumnName"].(string)}
		}
		for _, part := range v {
			found = append(found, columnsOf(part)...)
		}
	case []any:
		for _, part := range v {
			found = append(found, columnsOf(part)...)
		}
	}
	return found
}

func TestWhoSeesTheDashboardMayDoNothingElse(t *testing.T) {
	for _, r := range synthesise(t).variants["quicksight"][0].Resources {
		for _, p := range list(r.Properties["Permissions"]) {
			assert.Equal(t, "AWS::QuickSight::Dashboard", r.Type)
			assert.Equal(t, []any{"quicksight:DescribeDashboard", "quicksight:ListDashboardVersions", "quicksight:QueryDashboard"}, at(p, "Actions"))
		}
	}
}
