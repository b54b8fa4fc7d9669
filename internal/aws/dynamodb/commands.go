package dynamodb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/command"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Commands is the table of commands, by vin and commandId, with TTL in expiresAt.
type Commands struct {
	api   API
	table string
}

// NewCommands uses the table of that name.
func NewCommands(api API, table string) *Commands { return &Commands{api: api, table: table} }

// PutCommand writes a command. Parameters and results are stored as JSON, as each command has its own.
func (s *Commands) PutCommand(ctx context.Context, c command.Command) error {
	it := set(item{
		"vin": text(string(c.VIN)), "commandId": text(c.ID), "issuedAt": instant(c.IssuedAt), "until": instant(c.ExpiresAt),
		"expiresAt": epoch(c.IssuedAt.Add(command.Retention)),
	}, map[string]string{
		"kind": string(c.Kind), "status": string(c.Status), "issuedBy": c.IssuedBy, "issuedAs": c.IssuedAs, "reason": c.Reason,
	})
	if err := putJSON(it, "parameters", c.Parameters); err != nil {
		return fmt.Errorf("command %s: %w", c.ID, err)
	}
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: it})
	return awsconfig.Sort(err)
}

// Command reads the car's command with that id, consistently; command.ErrNotFound if there is none.
func (s *Commands) Command(ctx context.Context, v vin.VIN, id string) (command.Command, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), Key: item{"vin": text(string(v)), "commandId": text(id)},
	})
	if err != nil {
		return command.Command{}, awsconfig.Sort(err)
	}
	if out.Item == nil {
		return command.Command{}, command.ErrNotFound
	}
	return commandOf(out.Item)
}

// Commands lists the car's commands that were issued at or after since, the newest first.
func (s *Commands) Commands(ctx context.Context, v vin.VIN, since time.Time, p paging.Request) (paging.Page[command.Command], error) {
	rows, next, err := query(ctx, s.api, &dynamodb.QueryInput{
		TableName: &s.table, ScanIndexForward: aws.Bool(false), ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("vin = :vin AND commandId >= :since"),
		ExpressionAttributeValues: item{":vin": text(string(v)), ":since": text(alert.FirstID(since))},
	}, p)
	if err != nil {
		return paging.Page[command.Command]{}, err
	}
	out := paging.Page[command.Command]{Next: next}
	for _, it := range rows {
		c, err := commandOf(it)
		if err != nil {
			return paging.Page[command.Command]{}, err
		}
		out.Items = append(out.Items, c)
	}
	return out, nil
}

// Advance writes the new status of a command, unless the stored status is final.
func (s *Commands) Advance(ctx context.Context, c command.Command) error {
	values := item{":status": text(string(c.Status)), ":pending": text(string(command.Pending)), ":sent": text(string(command.Sent))}
	expression := "SET #status = :status"
	if c.Reason != "" {
		expression, values[":reason"] = expression+", reason = :reason", text(c.Reason)
	}
	if !c.AnsweredAt.IsZero() {
		expression, values[":answered"] = expression+", answeredAt = :answered", instant(c.AnsweredAt)
	}
	if c.Result != nil {
		b, err := json.Marshal(c.Result)
		if err != nil {
			return fmt.Errorf("result of command %s: %w", c.ID, err)
		}
		expression, values[":result"] = expression+", #result = :result", text(string(b))
	}
	names := map[string]string{"#status": "status"}
	if c.Result != nil {
		names["#result"] = "result"
	}
	_, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: item{"vin": text(string(c.VIN)), "commandId": text(c.ID)}, UpdateExpression: &expression,
		ConditionExpression: aws.String("#status IN (:pending, :sent)"), ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	})
	if !conditionFailed(err) {
		return awsconfig.Sort(err)
	}
	if _, err := s.Command(ctx, c.VIN, c.ID); err != nil {
		return err
	}
	return command.ErrFinal
}

func putJSON(it item, name string, value map[string]any) error {
	if value == nil {
		return nil
	}
	b, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	it[name] = text(string(b))
	return nil
}

func jsonOf(it item, name string) (value map[string]any, err error) {
	s := textOf(it, name)
	if s == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(s), &value); err != nil {
		return nil, fmt.Errorf("attribute %s: %w", name, err)
	}
	return value, nil
}

func commandOf(it item) (command.Command, error) {
	c := command.Command{
		VIN: vin.VIN(textOf(it, "vin")), ID: textOf(it, "commandId"), Kind: command.Kind(textOf(it, "kind")),
		Status: command.Status(textOf(it, "status")), IssuedBy: textOf(it, "issuedBy"), IssuedAs: textOf(it, "issuedAs"), Reason: textOf(it, "reason"),
	}
	for name, into := range map[string]*time.Time{"issuedAt": &c.IssuedAt, "until": &c.ExpiresAt, "answeredAt": &c.AnsweredAt} {
		at, err := instantOf(it, name)
		if err != nil {
			return command.Command{}, fmt.Errorf("command %s: %w", c.ID, err)
		}
		*into = at
	}
	var err error
	if c.Parameters, err = jsonOf(it, "parameters"); err == nil {
		c.Result, err = jsonOf(it, "result")
	}
	if err != nil {
		return command.Command{}, fmt.Errorf("command %s: %w", c.ID, err)
	}
	return c, nil
}
