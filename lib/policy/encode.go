package policy

import (
	"encoding/json"
	"fmt"
)

// Map returns the document as plain maps and lists, the CDK's form of JSON.
func (d Document) Map() map[string]any {
	b, err := json.Marshal(d)
	if err != nil {
		panic(fmt.Sprintf("policy.Document.Map: %v", err)) // texts, lists and maps of texts always encode
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		panic(fmt.Sprintf("policy.Document.Map: %v", err))
	}
	return m
}
