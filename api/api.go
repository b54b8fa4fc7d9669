// Package api holds the contract of the REST API.
package api

import _ "embed"

// Contract is api/openapi.yaml: OpenAPI 3.0.3.
//
//go:embed openapi.yaml
var Contract []byte
