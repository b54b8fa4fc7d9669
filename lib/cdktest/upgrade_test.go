package cdktest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/cdktest"
)

const (
	dataStack = `{
 "Resources": {
  "Cars": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {"KeySchema": [{"AttributeName": "vin", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}},
  "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Threshold": 1}}
 },
 "Outputs": {
  "ExportsCars": {"Value": {"Ref": "Cars"}, "Export": {"Name": "data:ExportsCars"}},
  "ExportsUnused": {"Value": "x", "Export": {"Name": "data:ExportsUnused"}}
 }
}`
	apiStack = `{"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Table": {"Fn::ImportValue": "data:ExportsCars"}}}}}`
)

func templates(t *testing.T, all map[string]string) []cdktest.Template {
	t.Helper()
	var out []cdktest.Template
	for stack, text := range all {
		template := cdktest.Template{Stack: stack, Raw: []byte(text)}
		require.NoError(t, json.Unmarshal([]byte(text), &template))
		out = append(out, template)
	}
	return out
}

func TestUpgradeNamesWhatItWouldLose(t *testing.T) {
	edit := func(old, new string) map[string]string {
		require.Contains(t, dataStack, old)
		return map[string]string{"data": strings.Replace(dataStack, old, new, 1), "api": apiStack}
	}
	for name, tc := range map[string]struct {
		after map[string]string
		want  []string
	}{
		"nothing changes":                    {edit("Cars", "Cars"), nil},
		"a property that can change":         {edit(`"PAY_PER_REQUEST"`, `"PROVISIONED"`), nil},
		"a resource that holds nothing goes": {edit(`"Alarm"`, `"OtherAlarm"`), nil},
		"an export that nobody imports goes": {edit(`"Name": "data:ExportsUnused"`, `"Name": "data:Other"`), nil},
		"a table with another key":           {edit(`"vin", "KeyType": "HASH"`, `"id", "KeyType": "HASH"`), []string{"export in use data:ExportsCars", "replaced Cars"}},
		"a table of another type":            {edit(`"AWS::DynamoDB::GlobalTable"`, `"AWS::DynamoDB::Table"`), []string{"export in use data:ExportsCars", "replaced Cars"}},
		"a table under another logical id":   {edit(`"Cars": {`, `"Vehicles": {`), []string{"export in use data:ExportsCars", "moved Cars"}},
		"an export of another value":         {edit(`{"Ref": "Cars"}`, `{"Fn::GetAtt": ["Cars", "Arn"]}`), []string{"export in use data:ExportsCars"}},
		"an export in use goes":              {edit(`"Name": "data:ExportsCars"`, `"Name": "data:Other"`), []string{"export in use data:ExportsCars"}},
		"a stack that the app does not make": {map[string]string{"data": dataStack}, []string{"stack gone api"}},
		"a table in another stack":           {map[string]string{"data": `{}`, "api": apiStack, "more": dataStack}, []string{"export in use data:ExportsCars", "moved Cars"}},
		"a table that goes":                  {map[string]string{"data": `{}`, "api": apiStack}, []string{"deleted Cars", "export in use data:ExportsCars"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, r := range cdktest.Upgrade(templates(t, map[string]string{"data": dataStack, "api": apiStack}), templates(t, tc.after)) {
				got = append(got, r.Kind+" "+r.ID)
				assert.NotEmpty(t, r.What)
			}
			assert.Equal(t, tc.want, got)
		})
	}
}
