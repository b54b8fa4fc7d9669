// Package schema holds the JSON Schemas (draft 2020-12) of the messages that cars send, a file a message version. They are the
// reference for who writes a car's software; the Go types agree with telemetry-1.json by test.
package schema

import "embed"

// FS holds the schemas by file name, for example telemetry-1.json.
//
//go:embed *.json
var FS embed.FS
