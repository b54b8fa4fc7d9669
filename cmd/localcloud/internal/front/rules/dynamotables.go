package rules

import (
	"slices"
)

const (
	maxGlobalIndexes = 20
	maxLocalIndexes  = 5
)

// dynamoTables are rules about tables and their indexes.
var dynamoTables = []Rule{
	{"a table has at most 20 global indexes", "dynamodb", []string{"CreateTable"}, dynamoLimits, "ValidationException", 0,
		stateless(func(m members) string {
			n := len(m.list("GlobalSecondaryIndexes"))
			return unless(n <= maxGlobalIndexes, "One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the per-table limit of %d", maxGlobalIndexes)
		})},
	{"a table has at most 5 local indexes", "dynamodb", []string{"CreateTable"}, dynamoLimits, "ValidationException", 0,
		stateless(func(m members) string {
			n := len(m.list("LocalSecondaryIndexes"))
			return unless(n <= maxLocalIndexes, "One or more parameter values were invalid: Number of LocalSecondaryIndexes exceeds per-table limit of %d", maxLocalIndexes)
		})},
	{"a table defines the attributes of its keys and no others", "dynamodb", []string{"CreateTable"},
		dynamoAPI + "API_CreateTable.html", "ValidationException", 0, stateless(definedAttributes)},
	{"a table's update makes or deletes one index", "dynamodb", []string{"UpdateTable"}, dynamoAPI + "API_UpdateTable.html", "LimitExceededException", 0,
		stateless(func(m members) string {
			n := 0
			for _, change := range m.elements("GlobalSecondaryIndexUpdates") {
				if change.has("Create") || change.has("Delete") {
					n++
				}
			}
			return unless(n <= 1, "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table")
		})},
}

func definedAttributes(m members) string {
	used := map[string]bool{}
	for _, schema := range append([]members{m}, slices.Concat(m.elements("GlobalSecondaryIndexes"), m.elements("LocalSecondaryIndexes"))...) {
		for _, k := range schema.elements("KeySchema") {
			used[k.text("AttributeName")] = true
		}
	}
	defined := map[string]bool{}
	for _, a := range m.elements("AttributeDefinitions") {
		name := a.text("AttributeName")
		defined[name] = true
		if !used[name] {
			return "One or more parameter values were invalid: Some AttributeDefinitions are not used: " + name
		}
	}
	for name := range used {
		if !defined[name] {
			return "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions: " + name
		}
	}
	return ""
}
