package telemetry_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/telemetry/schema"
)

var update = flag.Bool("update", false, "write schema/telemetry-1.json from the catalogue")

// compiled returns the schema in that file, compiled such that formats are checked too.
func compiled(t testing.TB, file string) *jsonschema.Schema {
	t.Helper()
	b, err := schema.FS.ReadFile(file)
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	require.NoError(t, c.AddResource(file, document))
	s, err := c.Compile(file)
	require.NoError(t, err)
	return s
}

// accepts returns the schema's error for a document, nil if it is valid.
func accepts(s *jsonschema.Schema, b []byte) error {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return err
	}
	return s.Validate(document)
}

func TestSchemaFileIsTheCatalogue(t *testing.T) {
	const path = "schema/telemetry-1.json"
	want := generated(t)
	if *update {
		require.NoError(t, os.WriteFile(path, want, 0o644)) // 0644, as it is a source file of the repository
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "after a change of the catalogue: go test ./internal/domain/telemetry -update")
}

type node = map[string]any

// generated returns the schema that follows from the catalogue and the limits.
func generated(t *testing.T) []byte {
	sample := node{"$ref": "#/$defs/signals"}
	ulid := node{"type": "string", "pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"}
	document := node{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"$id":         "telemetry-1.json",
		"title":       "Telemetry message, version 1",
		"description": fmt.Sprintf("Signals of a car by path of the COVESA Vehicle Signal Specification %s. At most %d bytes. Published on dt/<application>/<vin>/telemetry.", telemetry.VSSRelease, telemetry.MaxBytes),
		"type":        "object", "additionalProperties": false,
		"required": []string{"schema", "id", "ts", "bootId", "seq", "signals"},
		"properties": node{
			"schema": node{"const": telemetry.Schema},
			"id":     described(ulid, "ULID, unique per message"),
			"ts": node{
				"description": "When the signals were read: RFC 3339, UTC, milliseconds (finer digits are cut)",
				"type":        "string", "format": "date-time",
				"pattern": `^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?Z$`,
			},
			"bootId": node{"description": "Changes at every start of the sender", "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
			"seq":    node{"description": "Counts the messages of one bootId", "type": "integer", "minimum": 0, "maximum": telemetry.MaxSeq},
			"tripId": described(ulid, "ULID of the trip, while there is one"),
			"signals": node{
				"description": "Values at ts. null marks a sensor as invalid; a missing signal is unchanged",
				"$ref":        "#/$defs/signals",
			},
			"batch": node{
				"description": "Further samples of the same message", "type": "array", "maxItems": telemetry.MaxBatch,
				"items": node{
					"type": "object", "additionalProperties": false, "required": []string{"dtMs", "signals"},
					"properties": node{
						"dtMs": node{
							"description": "Milliseconds after (negative: before) ts", "type": "integer",
							"minimum": -telemetry.MaxDtMs, "maximum": telemetry.MaxDtMs,
						},
						"signals": sample,
					},
				},
			},
		},
		"$defs": node{
			"signals": node{
				"type": "object", "maxProperties": telemetry.MaxSignals, "additionalProperties": false,
				"propertyNames":     node{"maxLength": telemetry.MaxPathLength},
				"properties":        known(),
				"patternProperties": node{`^Vehicle(\.[A-Z][A-Za-z0-9_]*)+$`: node{"$ref": "#/$defs/value"}},
			},
			"value":  node{"anyOf": []node{{"$ref": "#/$defs/number"}, {"$ref": "#/$defs/text"}, {"type": "boolean"}, {"$ref": "#/$defs/texts"}, {"type": "null"}}},
			"number": node{"type": "number", "minimum": -telemetry.MaxNumber, "maximum": telemetry.MaxNumber},
			"text":   node{"type": "string", "maxLength": telemetry.MaxText},
			"texts": node{
				"type": "array", "maxItems": telemetry.MaxTexts,
				"items": node{"type": "string", "pattern": fmt.Sprintf("^[ -~]{1,%d}$", telemetry.MaxTextsText)},
			},
		},
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	require.NoError(t, e.Encode(document))
	return b.Bytes()
}

func described(n node, text string) node {
	out := node{"description": text}
	for k, v := range n {
		out[k] = v
	}
	return out
}

// known returns the schema of every signal of the catalogue. Plausible ranges are only in the description: a value beyond them means a
// broken sensor, not an invalid message.
func known() node {
	properties := node{}
	for _, s := range telemetry.Catalogue() {
		var value node
		switch s.Kind {
		case telemetry.KindNumber:
			value = node{"$ref": "#/$defs/number"}
		case telemetry.KindBool:
			value = node{"type": "boolean"}
		case telemetry.KindTexts:
			value = node{"$ref": "#/$defs/texts"}
		case telemetry.KindText:
			value = node{"enum": s.Allowed}
		}
		property := node{"anyOf": []node{value, {"type": "null"}}}
		if s.Kind == telemetry.KindNumber {
			property["description"] = fmt.Sprintf("%s, plausible from %v to %v", unit(s), s.Min, s.Max)
		}
		properties[s.Path] = property
	}
	return properties
}

func unit(s telemetry.Signal) string {
	if s.Unit == "" {
		return "a count"
	}
	return s.Unit
}
