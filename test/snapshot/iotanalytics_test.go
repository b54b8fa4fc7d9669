package snapshot_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/analytics"
	"connectedcar/lib/cdktest"
)

// retired is the template of the analytics backend whose service was shut down.
func retired(t *testing.T) cdktest.Template {
	t.Helper()
	templates := synthesise(t).variants["iot-analytics"]
	require.Len(t, templates, 1)
	return templates[0]
}

// activity is an entry of a pipeline: its kind and its properties.
type activity struct {
	kind string
	says map[string]any
}

// activities returns the activities of the pipeline in their order of execution; each names the next.
func activities(t *testing.T, in cdktest.Template) []activity {
	t.Helper()
	var chain []activity
	next := ""
	for n, entry := range list(at(one(t, in, "AWS::IoTAnalytics::Pipeline").Properties, "PipelineActivities")) {
		object := entry.(map[string]any)
		require.Len(t, object, 1, "an entry has one activity")
		kind := slices.Collect(maps.Keys(object))[0]
		says := object[kind].(map[string]any)
		if n > 0 {
			require.Equal(t, next, says["Name"], "the chain has no gap")
		}
		next, _ = says["Next"].(string)
		chain = append(chain, activity{kind, says})
	}
	require.Empty(t, next, "the last names no other")
	return chain
}

func TestThePipelineOfIoTAnalyticsIsAChainFromChannelToDataStore(t *testing.T) {
	var kinds []string
	for _, a := range activities(t, retired(t)) {
		kinds = append(kinds, a.kind)
	}
	assert.Equal(t, []string{"Channel", "Lambda", "AddAttributes", "Math", "Filter", "SelectAttributes", "Datastore"}, kinds)
}

// TestWhatThePipelineStoresIsWhatTheDataStoreHas traces the attributes of a row through the activities.
func TestWhatThePipelineStoresIsWhatTheDataStoreHas(t *testing.T) {
	in := retired(t)
	attributes := map[string]bool{}
	for _, c := range analytics.Columns() {
		attributes[c.Name] = true
	}
	var stored []string
	for _, a := range activities(t, in) {
		switch a.kind {
		case "AddAttributes":
			for _, name := range a.says["Attributes"].(map[string]any) {
				attributes[name.(string)] = true
			}
		case "Math":
			assert.Equal(t, "ingested_ms - ts_ms", a.says["Math"])
			assert.True(t, attributes["ingested_ms"] && attributes["ts_ms"], "it computes with what there is")
			attributes[a.says["Attribute"].(string)] = true
		case "Filter":
			assert.Equal(t, "quality = 'good'", a.says["Filter"], "what every question asks for, by a test of theirs: no answer changes")
		case "SelectAttributes":
			for _, name := range list(a.says["Attributes"]) {
				stored = append(stored, name.(string))
				assert.True(t, attributes[name.(string)], "%s is not there", name)
			}
		}
	}
	var columns []string
	store := one(t, in, "AWS::IoTAnalytics::Datastore").Properties
	for _, c := range list(at(store, "FileFormatConfiguration", "ParquetConfiguration", "SchemaDefinition", "Columns")) {
		columns = append(columns, at(c, "Name").(string))
	}
	assert.Equal(t, columns, stored)
	for _, p := range list(at(store, "DatastorePartitions", "Partitions")) {
		assert.Contains(t, stored, at(p, "Partition", "AttributeName"))
	}
}

func TestTheServiceMayRunItsFunction(t *testing.T) {
	in := retired(t)
	functions := map[string]bool{}
	for _, p := range in.OfType("AWS::Lambda::Permission") {
		if p.Properties["Principal"] == "iotanalytics.amazonaws.com" {
			assert.NotNil(t, p.Properties["SourceAccount"], "and no other account's pipeline")
			functions[at(p.Properties, "FunctionName", "Fn::GetAtt").([]any)[0].(string)] = true
		}
	}
	for _, a := range activities(t, in) {
		if a.kind == "Lambda" {
			assert.True(t, functions[at(a.says, "LambdaName", "Ref").(string)])
		}
	}
}
