package policy

import (
	"encoding/json"
	"fmt"
)

// Map returns the document as maps and lists, the form in which the CDK accepts JSON.
func (d Document) Map() map[string]any {
	b, err := json.Marshal(d)
	if err != nil {
		panic(fmt.Sprintf("policy.Document.Map: %v", err)) // strings, and lists and maps of strings, always encode
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		panic(fmt.Sprintf("policy.Document.Map: %v", err))
	}
	return m
}
