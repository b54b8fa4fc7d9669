package iam

import "strings"

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
var dynamoDBNeeds = map[string]need{
	"dynamodb.GetItem":            on("dynamodb:GetItem", table),
	"dynamodb.PutItem":            on("dynamodb:PutItem", table),
	"dynamodb.UpdateItem":         on("dynamodb:UpdateItem", table),
	"dynamodb.DeleteItem":         on("dynamodb:DeleteItem", table),
	"dynamodb.Query":              on("dynamodb:Query", table),
	"dynamodb.Scan":               on("dynamodb:Scan", table),
	"dynamodb.BatchGetItem":       eachTable("dynamodb:BatchGetItem"),
	"dynamodb.BatchWriteItem":     eachTable("dynamodb:BatchWriteItem"),
	"dynamodb.TransactWriteItems": eachPart,
	"dynamodb.TransactGetItems":   eachPart,
}

// table is the ARN of the table that the input names, or of its index: a query of an index needs permission for the index only.
func table(c Call) string {
	name := c.text("TableName")
	if name == "" {
		return ""
	}
	if index := c.text("IndexName"); index != "" {
		return c.tableARN(name) + "/index/" + index
	}
	return c.tableARN(name)
}

func (c Call) tableARN(name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return c.arn("dynamodb", "table/"+name)
}

func eachTable(action string) need {
	return func(c Call) (list []Request) {
		tables, _ := c.Input["RequestItems"].(map[string]any)
		for name := range tables {
			list = append(list, Request{Action: action, Resource: c.tableARN(name)})
		}
		return list
	}
}

// parts maps the members of a transaction to the action that each needs: the transaction itself has no action.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
var parts = map[string]string{
	"Put": "dynamodb:PutItem", "Update": "dynamodb:UpdateItem", "Delete": "dynamodb:DeleteItem",
	"ConditionCheck": "dynamodb:ConditionCheckItem", "Get": "dynamodb:GetItem",
}

func eachPart(c Call) (list []Request) {
	for _, item := range elements(c.Input["TransactItems"]) {
		for part, action := range parts {
			if p, ok := item[part].(map[string]any); ok {
				name, _ := p["TableName"].(string)
				list = append(list, Request{Action: action, Resource: c.tableARN(name),
					Context: map[string]string{"dynamodb:EnclosingOperation": c.Operation}})
			}
		}
	}
	return list
}
