package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/alert"
	"connectedcar/internal/awsx"
)

// Alerts is the table of alerts, by vin and alertId, with TTL in expiresAt.
type Alerts struct {
	api   API
	table string
}

// NewAlerts uses the table of that name.
func NewAlerts(api API, table string) *Alerts { return &Alerts{api: api, table: table} }

// Raise writes an alert; one that is there already stays as it is.
func (s *Alerts) Raise(ctx context.Context, a alert.Alert) error {
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table,
		Item: set(item{
			"vin": text(a.VIN), "alertId": text(a.ID), "firstAt": instant(a.FirstAt), "lastAt": instant(a.LastAt),
			"count": integer(int64(a.Count)), "expiresAt": epoch(a.LastAt.Add(alert.Retention)),
		}, map[string]string{
			"kind": string(a.Kind), "severity": string(a.Severity), "status": string(a.Status), "audience": a.Audience,
			"dedupKey": a.DedupKey, "detail": a.Detail,
		}),
		ConditionExpression: aws.String("attribute_not_exists(alertId)"),
	})
	if conditionFailed(err) {
		return nil
	}
	return awsx.Sort(err)
}

// Alert is the alert of that car with that id; ok is false if there is none.
func (s *Alerts) Alert(ctx context.Context, v, id string) (a alert.Alert, ok bool, err error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: item{"vin": text(v), "alertId": text(id)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return alert.Alert{}, false, awsx.Sort(err)
	}
	if out.Item == nil {
		return alert.Alert{}, false, nil
	}
	it := out.Item
	a = alert.Alert{
		VIN: textOf(it, "vin"), ID: textOf(it, "alertId"), Kind: alert.Kind(textOf(it, "kind")),
		Severity: alert.Severity(textOf(it, "severity")), Status: alert.Status(textOf(it, "status")),
		Audience: textOf(it, "audience"), DedupKey: textOf(it, "dedupKey"), Detail: textOf(it, "detail"),
		Count: int(integerOf(it, "count")),
	}
	if a.FirstAt, err = instantOf(it, "firstAt"); err != nil {
		return alert.Alert{}, false, fmt.Errorf("alert %s: %w", id, err)
	}
	if a.LastAt, err = instantOf(it, "lastAt"); err != nil {
		return alert.Alert{}, false, fmt.Errorf("alert %s: %w", id, err)
	}
	return a, true, nil
}
