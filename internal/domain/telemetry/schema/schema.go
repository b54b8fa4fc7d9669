// Package schema holds the JSON Schemas (draft 2020-12) of the messages that cars send, one file per message version. They are the
// reference for developers of a car's software; a test checks that the Go types agree with telemetry-1.json.
package schema

import "embed"

// FS holds the schemas by file name, for example telemetry-1.json.
//
//go:embed *.json
var FS embed.FS
