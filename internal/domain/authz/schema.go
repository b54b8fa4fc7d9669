package authz

import (
	"fmt"
	"io/fs"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"
)

// readSchema reads the policies' schema.
func readSchema() (*resolved.Schema, error) {
	b, err := fs.ReadFile(files, "access.cedarschema")
	if err != nil {
		return nil, fmt.Errorf("read the policies' schema: %w", err)
	}
	var s schema.Schema
	s.SetFilename("access.cedarschema")
	if err := s.UnmarshalCedar(b); err != nil {
		return nil, fmt.Errorf("the policies' schema: %w", err)
	}
	r, err := s.Resolve()
	if err != nil {
		return nil, fmt.Errorf("the policies' schema: %w", err)
	}
	return r, nil
}

// actions returns the actions of the schema, each with its groups.
func actions() (types.EntityMap, error) {
	s, err := readSchema()
	if err != nil {
		return nil, err
	}
	all := types.EntityMap{}
	for uid, action := range s.Actions {
		all[uid] = action.Entity
	}
	return all, nil
}

// groups are the actions that only group others; they are not operations.
var groups = []types.EntityUID{actionUID("read"), actionUID("write")}
