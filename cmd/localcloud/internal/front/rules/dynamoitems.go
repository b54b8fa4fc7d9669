package rules

import (
	"context"
	"math/big"
	"slices"
	"strings"
)

const (
	maxItem         = 400 << 10
	maxPartitionKey = 2048
	maxSortKey      = 1024
	maxItemDepth    = 32
	maxDigits       = 38
)

var (
	itemPuts    = []string{"PutItem", "BatchWriteItem", "TransactWriteItems"}
	itemKeys    = []string{"GetItem", "DeleteItem", "UpdateItem", "BatchGetItem", "PutItem", "BatchWriteItem", "TransactWriteItems"}
	itemLiteral = []string{"PutItem", "BatchWriteItem", "TransactWriteItems", "UpdateItem", "Query", "Scan", "DeleteItem"}
)

// dynamoItems are rules about single items and values.
var dynamoItems = []Rule{
	{"an item has at most 400 KB", "dynamodb", itemPuts, dynamoLimits, "ValidationException", 0,
		func(_ context.Context, c call) (string, error) {
			for _, p := range puts(c) {
				if itemBytes(p.item) > maxItem {
					return "Item size has exceeded the maximum allowed size", nil
				}
			}
			return "", nil
		}},
	{"a value is nested at most 32 levels deep", "dynamodb", itemPuts, dynamoLimits, "ValidationException", 0,
		func(_ context.Context, c call) (string, error) {
			for _, p := range puts(c) {
				for _, value := range p.item {
					if depth(value)/2 > maxItemDepth { // each level is two structures: the type, and the value in it
						return "Nesting Levels have exceeded supported limits", nil
					}
				}
			}
			return "", nil
		}},
	{"a set is not empty", "dynamodb", itemLiteral, dynamoLimits, "ValidationException", 0, eachValue(func(kind string, value any) string {
		list, isList := value.([]any)
		return unless(!isList || len(list) > 0 || kind == "L", "One or more parameter values were invalid: An %s set may not be empty", strings.ToLower(kind))
	})},
	{"a set has every element once", "dynamodb", itemLiteral, dynamoLimits, "ValidationException", 0, eachValue(func(kind string, value any) string {
		if kind != "SS" && kind != "NS" {
			return ""
		}
		list, _ := value.([]any)
		_, twice := repeated(list)
		return unless(!twice, "One or more parameter values were invalid: Input collection %v contains duplicates.", list)
	})},
	{"a number has at most 38 digits", "dynamodb", itemLiteral, dynamoLimits, "ValidationException", 0, eachValue(func(kind string, value any) string {
		text, _ := value.(string)
		return unless(kind != "N" || digits(text) <= maxDigits, "Attempting to store more than 38 significant digits in a Number")
	})},
	{"a number is one", "dynamodb", itemLiteral, dynamoLimits, "ValidationException", 0, eachValue(func(kind string, value any) string {
		text, _ := value.(string)
		if kind != "N" {
			return ""
		}
		_, ok := new(big.Float).SetString(text)
		return unless(ok, "The parameter cannot be converted to a numeric value: %s", text)
	})},
	{"a key attribute is not empty", "dynamodb", itemKeys, dynamoLimits, "ValidationException", 0, eachKey(func(k keyValue) string {
		return unless(k.bytes() > 0, "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty %s value. Key: %s",
			map[string]string{"S": "string", "B": "binary"}[k.kind], k.name)
	})},
	{"a partition key has at most 2048 bytes", "dynamodb", itemKeys, dynamoLimits, "ValidationException", 0, eachKey(func(k keyValue) string {
		return unless(k.role != "HASH" || k.bytes() <= maxPartitionKey, "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes")
	})},
	{"a sort key has at most 1024 bytes", "dynamodb", itemKeys, dynamoLimits, "ValidationException", 0, eachKey(func(k keyValue) string {
		return unless(k.role != "RANGE" || k.bytes() <= maxSortKey, "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
	})},
	{"a key attribute has the type of the table", "dynamodb", itemKeys, dynamoAPI + "API_PutItem.html", "ValidationException", 0, eachKey(func(k keyValue) string {
		return unless(k.want == "" || k.kind == k.want || k.index != "", "One or more parameter values were invalid: Type mismatch for key %s expected: %s actual: %s",
			k.name, k.want, k.kind)
	})},
	{"an index's key attribute has the type of the index", "dynamodb", itemPuts, dynamoAPI + "API_PutItem.html", "ValidationException", 0, eachKey(func(k keyValue) string {
		return unless(k.index == "" || k.want == "" || k.kind == k.want,
			"One or more parameter values were invalid: Type mismatch for Index Key %s Expected: %s Actual: %s IndexName: %s", k.name, k.want, k.kind, k.index)
	})},
}

// put is an item or an item's key, and its table.
type put struct {
	table string
	item  members
	key   bool // the key attributes alone
}

// puts returns the whole items that a call writes.
func puts(c call) (found []put) {
	for _, p := range itemsAndKeys(c) {
		if !p.key {
			found = append(found, p)
		}
	}
	return found
}

func itemsAndKeys(c call) (found []put) {
	switch c.Operation {
	case "BatchWriteItem":
		for table := range c.in("RequestItems") {
			for _, request := range c.in("RequestItems").elements(table) {
				if request.has("PutRequest") {
					found = append(found, put{table: table, item: request.in("PutRequest").in("Item")})
				} else {
					found = append(found, put{table: table, item: request.in("DeleteRequest").in("Key"), key: true})
				}
			}
		}
	case "BatchGetItem":
		for table := range c.in("RequestItems") {
			for _, key := range c.in("RequestItems").in(table).elements("Keys") {
				found = append(found, put{table: table, item: key, key: true})
			}
		}
	case "TransactWriteItems":
		for _, action := range c.elements("TransactItems") {
			for kind := range action {
				found = append(found, itemOrKey(action.in(kind)))
			}
		}
	default:
		found = append(found, itemOrKey(c.members))
	}
	return found
}

func itemOrKey(m members) put {
	if m.has("Item") {
		return put{table: m.text("TableName"), item: m.in("Item")}
	}
	return put{table: m.text("TableName"), item: m.in("Key"), key: true}
}

// keyValue is the value of a key attribute of the table or of an index.
type keyValue struct {
	name, role, index string
	kind, want        string // attribute types
	value             any
}

// bytes is the length in bytes of a string or binary value, and 1 for other types, which are never empty or too long.
func (k keyValue) bytes() int {
	switch k.kind {
	case "S", "B":
		return members{"v": k.value}.bytes("v")
	}
	return 1
}

// eachKey applies the check to the key attributes of all items and keys of a call.
func eachKey(check func(keyValue) string) func(context.Context, call) (string, error) {
	return func(ctx context.Context, c call) (string, error) {
		for _, p := range itemsAndKeys(c) {
			about, err := describeTable(ctx, c, p.table)
			if err != nil {
				return "", err
			}
			for _, k := range keyValues(about, p) {
				if message := check(k); message != "" {
					return message, nil
				}
			}
		}
		return "", nil
	}
}

func keyValues(table members, p put) (found []keyValue) {
	types := map[string]string{}
	for _, a := range table.elements("AttributeDefinitions") {
		types[a.text("AttributeName")] = a.text("AttributeType")
	}
	add := func(schema members, index string) {
		for _, k := range schema.elements("KeySchema") {
			name := k.text("AttributeName")
			for kind, value := range p.item.in(name) {
				found = append(found, keyValue{name: name, role: k.text("KeyType"), index: index, kind: kind, want: types[name], value: value})
			}
		}
	}
	add(table, "")
	if !p.key {
		for _, index := range slices.Concat(table.elements("GlobalSecondaryIndexes"), table.elements("LocalSecondaryIndexes")) {
			add(index, index.text("IndexName"))
		}
	}
	return found
}
