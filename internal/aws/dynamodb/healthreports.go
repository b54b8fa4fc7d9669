package dynamodb

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/healthreport"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// HealthReports is the table of health reports, by vin and reportId. The IoT rule writes a car's report as received, in the attribute
// message, with the platform's stamps. The platform itself writes rows of reports that are pending or composed: with progress, and the
// report as JSON in report.
type HealthReports struct {
	api   API
	table string
}

// NewHealthReports uses the table of that name.
func NewHealthReports(api API, table string) *HealthReports {
	return &HealthReports{api: api, table: table}
}

func (s *HealthReports) put(r healthreport.Report, condition string, values item) (*dynamodb.PutItemInput, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode health report %s: %w", r.ID, err)
	}
	return &dynamodb.PutItemInput{
		TableName: &s.table, ConditionExpression: &condition, ExpressionAttributeValues: values,
		Item: item{"vin": text(string(r.VIN)), "reportId": text(r.ID), "progress": text(string(r.Progress)), "report": text(string(b))},
	}, nil
}

// PutPending stores that the report with that id was requested from the car.
func (s *HealthReports) PutPending(ctx context.Context, r healthreport.Report) error {
	in, err := s.put(r, "attribute_not_exists(reportId)", nil)
	if err != nil {
		return err
	}
	_, err = s.api.PutItem(ctx, in)
	if conditionFailed(err) { // a row is there: of an earlier try of the same request, or the car's report
		return nil
	}
	return awsconfig.Sort(err)
}

// PutReady writes a report if the stored one with its id is still pending, and returns whether it was.
func (s *HealthReports) PutReady(ctx context.Context, r healthreport.Report) (bool, error) {
	in, err := s.put(r, "progress = :pending", item{":pending": text(string(healthreport.Pending))})
	if err != nil {
		return false, err
	}
	_, err = s.api.PutItem(ctx, in)
	if conditionFailed(err) {
		return false, nil
	}
	return err == nil, awsconfig.Sort(err)
}

// Report reads the car's report with that id; healthreport.ErrNotFound if there is none, and healthreport.ErrUnreadable if the car's
// report is malformed.
func (s *HealthReports) Report(ctx context.Context, v vin.VIN, id string) (healthreport.Report, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: item{"vin": text(string(v)), "reportId": text(id)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return healthreport.Report{}, awsconfig.Sort(err)
	}
	if out.Item == nil {
		return healthreport.Report{}, fmt.Errorf("%s of %s: %w", id, v, healthreport.ErrNotFound)
	}
	return reportOf(out.Item)
}

// Reports lists a car's reports, the newest first, and returns an error for each malformed row.
func (s *HealthReports) Reports(ctx context.Context, v vin.VIN, f healthreport.Filter, p paging.Request) (paging.Page[healthreport.Report], []error, error) {
	var out paging.Page[healthreport.Report]
	rows, next, err := query(ctx, s.api, &dynamodb.QueryInput{
		TableName: &s.table, ScanIndexForward: aws.Bool(false), ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("vin = :vin AND reportId >= :since"),
		ExpressionAttributeValues: item{":vin": text(string(v)), ":since": text(alert.FirstID(f.Since))},
	}, p)
	if err != nil {
		return out, nil, err
	}
	out.Next = next
	var unreadable []error
	for _, it := range rows {
		r, err := reportOf(it)
		if err != nil {
			unreadable = append(unreadable, fmt.Errorf("%s: %w", textOf(it, "reportId"), err))
			continue
		}
		if f.Takes(r) {
			out.Items = append(out.Items, r)
		}
	}
	return out, unreadable, nil
}

// reportOf reads a row that the platform or the rule wrote.
func reportOf(it item) (healthreport.Report, error) {
	// The rule stamps every row with the car's client id, so a row without it was written by the platform, whatever members a car sends.
	if textOf(it, "clientId") == "" && textOf(it, "report") != "" {
		var r healthreport.Report
		if err := json.Unmarshal([]byte(textOf(it, "report")), &r); err != nil {
			return r, fmt.Errorf("%w: %w", healthreport.ErrUnreadable, err)
		}
		return r, nil
	}
	b, err := json.Marshal(plain(&types.AttributeValueMemberM{Value: it}))
	if err != nil {
		return healthreport.Report{}, fmt.Errorf("%w: %w", healthreport.ErrUnreadable, err)
	}
	return healthreport.Decode(b)
}

// plain converts an attribute to a value for encoding/json. Sets and bytes, which no rule writes, become null.
func plain(a types.AttributeValue) any {
	switch x := a.(type) {
	case *types.AttributeValueMemberS:
		return x.Value
	case *types.AttributeValueMemberN:
		return json.Number(x.Value)
	case *types.AttributeValueMemberBOOL:
		return x.Value
	case *types.AttributeValueMemberL:
		list := make([]any, len(x.Value))
		for n, e := range x.Value {
			list[n] = plain(e)
		}
		return list
	case *types.AttributeValueMemberM:
		m := make(map[string]any, len(x.Value))
		for name, e := range x.Value {
			m[name] = plain(e)
		}
		return m
	}
	return nil
}
