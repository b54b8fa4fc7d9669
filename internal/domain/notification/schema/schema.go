// Package schema holds the JSON Schemas (draft 2020-12) of the messages about alerts that cars receive. They are the reference for
// developers of a car's software.
package schema

import "embed"

// FS holds the schemas by file name, for example alert-1.json.
//
//go:embed *.json
var FS embed.FS
