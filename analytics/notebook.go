package analytics

import _ "embed"

// Notebook is a Jupyter notebook with queries on Table, without their results.
//
//go:embed notebooks/fleet.ipynb
var Notebook []byte

// NestedStep returns Table as a named step of a query, for clients of a data store with MessagesTable.
func NestedStep() string { return unnested(MessagesTable) }
