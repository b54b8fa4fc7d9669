package rules

import (
	"context"
	"fmt"
	"strings"
)

// eachValue applies the check to every typed value of items, keys and expressions at any depth.
func eachValue(check func(kind string, value any) string) func(context.Context, call) (string, error) {
	return func(_ context.Context, c call) (string, error) {
		var roots []members
		for _, p := range itemsAndKeys(c) {
			roots = append(roots, p.item)
		}
		for _, root := range append(roots, c.in("ExpressionAttributeValues")) {
			for _, value := range root {
				if message := walkValue(value, check); message != "" {
					return message, nil
				}
			}
		}
		return "", nil
	}
}

func walkValue(typed any, check func(string, any) string) string {
	for kind, value := range asMembers(typed) {
		if message := check(kind, value); message != "" {
			return message
		}
		switch kind {
		case "M":
			for _, inner := range asMembers(value) {
				if message := walkValue(inner, check); message != "" {
					return message
				}
			}
		case "L":
			for _, inner := range asList(value) {
				if message := walkValue(inner, check); message != "" {
					return message
				}
			}
		}
	}
	return ""
}

func asList(value any) []any {
	list, _ := value.([]any)
	return list
}

// itemBytes is the size of an item in bytes as DynamoDB counts it: names and values in UTF-8, numbers at about half a byte a digit.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func itemBytes(item members) (n int) {
	for name, value := range item {
		n += len(name) + valueBytes(value)
	}
	return n
}

func valueBytes(typed any) (n int) {
	for kind, value := range asMembers(typed) {
		switch kind {
		case "S", "B":
			n += members{"v": value}.bytes("v")
		case "N":
			n += (digits(fmt.Sprint(value))+1)/2 + 1
		case "BOOL", "NULL":
			n++
		case "M":
			n += 3
			for name, inner := range asMembers(value) {
				n += len(name) + valueBytes(inner) + 1
			}
		default: // lists (L) and sets
			n += 3
			for _, inner := range asList(value) {
				n += max(valueBytes(inner), members{"v": inner}.bytes("v")) + 1
			}
		}
	}
	return n
}

// digits counts the significant digits of a number.
func digits(number string) int {
	mantissa, _, _ := strings.Cut(strings.ToLower(number), "e")
	whole, fraction, decimal := strings.Cut(strings.TrimLeft(mantissa, "+-0"), ".")
	if !decimal || strings.Trim(fraction, "0") == "" {
		return len(strings.TrimRight(whole, "0"))
	}
	if whole == "" {
		return len(strings.Trim(fraction, "0"))
	}
	return len(whole) + len(strings.TrimRight(fraction, "0"))
}
