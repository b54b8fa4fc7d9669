package arch_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// rowTypes are the packages with which a program reads and writes the attributes of a DynamoDB item.
var rowTypes = []string{
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types", "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types",
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue",
}

// beside are the packages other than internal/aws/dynamodb (the owner of every item's format) that may handle attributes, each with the
// reason.
var beside = map[string]string{
	"internal/twin/iot/gateway/actions": "the twin of the rule action that writes a message's fields as an item",
	"internal/tool/redrive":             "writes a message as that action would have, and renders a change of any row for a function",
	"cmd/localcloud/internal/smoke":     "compares what two cars left in the tables, whatever it is, and looks at single columns from outside",
	"cmd/carctl/internal/verify":        "removes its car's rows by their keys",
}

// TestEachRowHasOneOwner keeps the column names in one package: a second reader would break at the writer's next change.
func TestEachRowHasOneOwner(t *testing.T) {
	const owner = "internal/aws/dynamodb"
	used := map[string]bool{}
	for _, p := range packages(t) {
		if !slices.ContainsFunc(p.imports, func(i string) bool { return slices.Contains(rowTypes, i) }) || under(p.path, forTests...) {
			continue
		}
		used[p.path] = true
		assert.True(t, p.path == owner || beside[p.path] != "", "%s handles attributes of DynamoDB rows: %s does", p.path, owner)
	}
	for path := range beside {
		assert.True(t, used[path], "%s handles no attributes", path)
	}
	assert.True(t, used[owner], "nobody handles attributes: this test looks for the wrong names")
}
