package rules

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

const (
	dynamoLimits = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"
	dynamoAPI    = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/"
)

const (
	maxExpression = 4 << 10
	maxBatchWrite = 25
	maxBatchGet   = 100
	maxBatchBytes = 16 << 20
	maxTransact   = 4 << 20
)

var (
	expressions = []string{"UpdateExpression", "ConditionExpression", "FilterExpression", "KeyConditionExpression", "ProjectionExpression"}
	withOptions = []string{"PutItem", "UpdateItem", "DeleteItem", "GetItem", "Query", "Scan"}
)

// dynamoRequests are rules about a request as a whole.
var dynamoRequests = []Rule{
	{"an expression has at most 4 KB", "dynamodb", withOptions, dynamoLimits, "ValidationException", 0,
		stateless(func(m members) string {
			for _, name := range expressions {
				if m.bytes(name) > maxExpression {
					return fmt.Sprintf("Invalid %s: Expression size has exceeded the maximum allowed size; expression size: %d", name, m.bytes(name))
				}
			}
			return ""
		})},
	{"every value of an expression is used", "dynamodb", withOptions, dynamoAPI + "API_Query.html", "ValidationException", 0,
		stateless(func(m members) string { return unused(m, "ExpressionAttributeValues", "Value") })},
	{"every name of an expression is used", "dynamodb", withOptions, dynamoAPI + "API_Query.html", "ValidationException", 0,
		stateless(func(m members) string { return unused(m, "ExpressionAttributeNames", "") })},
	{"values of expressions that are given are not empty", "dynamodb", withOptions, dynamoAPI + "API_Query.html", "ValidationException", 0,
		stateless(func(m members) string {
			values, given := m["ExpressionAttributeValues"].(map[string]any)
			return unless(!given || len(values) > 0, "ExpressionAttributeValues must not be empty")
		})},
	{"a batch writes at most 25 items", "dynamodb", []string{"BatchWriteItem"}, dynamoAPI + "API_BatchWriteItem.html", "ValidationException", 0,
		stateless(func(m members) string {
			n := 0
			for table := range m.in("RequestItems") {
				n += len(m.in("RequestItems").list(table))
			}
			return unless(n <= maxBatchWrite, "Too many items requested for the BatchWriteItem call")
		})},
	{"a batch gets at most 100 items", "dynamodb", []string{"BatchGetItem"}, dynamoAPI + "API_BatchGetItem.html", "ValidationException", 0,
		stateless(func(m members) string {
			n := 0
			for table := range m.in("RequestItems") {
				n += len(m.in("RequestItems").in(table).list("Keys"))
			}
			return unless(n <= maxBatchGet, "Too many items requested for the BatchGetItem call")
		})},
	{"a batch gets every item once", "dynamodb", []string{"BatchGetItem"}, dynamoAPI + "API_BatchGetItem.html", "ValidationException", 0,
		stateless(func(m members) string {
			for table := range m.in("RequestItems") {
				var keys []string
				for _, key := range m.in("RequestItems").in(table).list("Keys") {
					keys = append(keys, canonical(asMembers(key)))
				}
				if _, twice := repeated(keys); twice {
					return "Provided list of item keys contains duplicates"
				}
			}
			return ""
		})},
	{"a batch writes every item once", "dynamodb", []string{"BatchWriteItem"}, dynamoAPI + "API_BatchWriteItem.html", "ValidationException", 0, batchWritesOnce},
	{"a batch of writes has at most 16 MB", "dynamodb", []string{"BatchWriteItem"}, dynamoAPI + "API_BatchWriteItem.html", "ValidationException", 0,
		func(_ context.Context, c call) (string, error) {
			return unless(len(c.Body) <= maxBatchBytes, "The total request size exceeds 16 MB"), nil
		}},
	{"a transaction touches every item once", "dynamodb", []string{"TransactWriteItems", "TransactGetItems"},
		dynamoAPI + "API_TransactWriteItems.html", "ValidationException", 0, transactsOnce},
	{"a transaction has at most 4 MB", "dynamodb", []string{"TransactWriteItems"}, dynamoAPI + "API_TransactWriteItems.html", "ValidationException", 0,
		stateless(func(m members) string {
			size := 0
			for _, action := range m.elements("TransactItems") {
				for _, kind := range slices.Sorted(maps.Keys(action)) {
					size += itemBytes(action.in(kind).in("Item")) + itemBytes(action.in(kind).in("ExpressionAttributeValues"))
				}
			}
			return unless(size <= maxTransact, "The aggregate size of the items in the transaction exceeds 4 MB")
		})},
}

var placeholder = regexp.MustCompile(`[:#][A-Za-z0-9_]+`)

// unused finds defined names or values that no expression of the call uses.
func unused(m members, member, kind string) string {
	used := map[string]bool{}
	for _, name := range expressions {
		for _, found := range placeholder.FindAllString(m.text(name), -1) {
			used[found] = true
		}
	}
	var left []string
	for name := range m.in(member) {
		if !used[name] {
			left = append(left, name)
		}
	}
	slices.Sort(left)
	if kind != "" {
		kind += " "
	}
	return unless(len(left) == 0, "%sprovided in %s unused in expressions: keys: {%s}", kind, member, strings.Join(left, ", "))
}

// tableKey returns the names of the table's key attributes.
func tableKey(ctx context.Context, c call, table string) (names []string, err error) {
	about, err := describeTable(ctx, c, table)
	for _, k := range about.elements("KeySchema") {
		names = append(names, k.text("AttributeName"))
	}
	return names, err
}

func describeTable(ctx context.Context, c call, table string) (members, error) {
	out, err := c.get(ctx, "dynamodb", "DescribeTable", map[string]any{"TableName": table})
	return out.in("Table"), err
}

func pick(item members, names []string) members {
	key := members{}
	for _, n := range names {
		key[n] = item[n]
	}
	return key
}

// canonical formats a key as a string. fmt prints maps in the order of their keys.
func canonical(key members) string { return fmt.Sprintf("%q", map[string]any(key)) }

func batchWritesOnce(ctx context.Context, c call) (string, error) {
	for table := range c.in("RequestItems") {
		names, err := tableKey(ctx, c, table)
		if err != nil || len(names) == 0 {
			return "", err
		}
		var keys []string
		for _, request := range c.in("RequestItems").elements(table) {
			item := request.in("PutRequest").in("Item")
			if request.has("DeleteRequest") {
				item = request.in("DeleteRequest").in("Key")
			}
			keys = append(keys, canonical(pick(item, names)))
		}
		if _, twice := repeated(keys); twice {
			return "Provided list of item keys contains duplicates", nil
		}
	}
	return "", nil
}

func transactsOnce(ctx context.Context, c call) (string, error) {
	var keys []string
	for _, action := range c.elements("TransactItems") {
		for kind := range action {
			about := action.in(kind)
			key := about.in("Key")
			if kind == "Put" {
				names, err := tableKey(ctx, c, about.text("TableName"))
				if err != nil || len(names) == 0 {
					return "", err
				}
				key = pick(about.in("Item"), names)
			}
			keys = append(keys, about.text("TableName")+canonical(key))
		}
	}
	_, twice := repeated(keys)
	return unless(!twice, "Transaction request cannot include multiple operations on one item"), nil
}
