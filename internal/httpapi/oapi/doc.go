// Package oapi is the contract api/openapi.yaml as Go types and the strict server interface. All but this file is generated.
package oapi

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.0 -config oapi.yaml ../../../api/openapi.yaml
