package analytics

import _ "embed"

// Notebook is a notebook of Jupyter over Table, without answers in it.
//
//go:embed notebooks/fleet.ipynb
var Notebook []byte

// NestedStep is Table as a named step of a question, for clients that ask a data store that has MessagesTable.
func NestedStep() string { return unnested(MessagesTable) }
