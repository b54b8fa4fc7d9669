// Package oapi is the contract api/openapi.yaml as Go types and the strict server interface. What `go generate` makes of it is not to
// be changed by hand.
package oapi

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.0 -config oapi.yaml ../../../api/openapi.yaml
//go:generate go run seal.go
