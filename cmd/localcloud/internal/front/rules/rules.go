// Package rules refuses calls that AWS refuses and the emulator accepts, for quotas and preconditions that the service models do not
// express. Each rule is a row of a table and cites its page of the AWS documentation. A row is added for every such fault that is found.
package rules

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"connectedcar/cmd/localcloud/internal/front"
	"connectedcar/cmd/localcloud/internal/front/wire"
)

// Rule is a row of the table of checks.
type Rule struct {
	Name       string // a sentence that holds for every call that passes
	Service    string
	Operations []string
	Page       string // URL in AWS's documentation
	Code       string
	Status     int // 0 is 400
	// check returns the error's text; an empty text lets the call pass.
	check func(ctx context.Context, c call) (string, error)
}

// call is a call with its members, and with access to the emulator for lookups of existing resources.
type call struct {
	*front.Call
	members
	ask Ask
}

// Ask calls an operation of the emulator, for rules that depend on existing resources.
type Ask func(ctx context.Context, region, service, operation string, input map[string]any) (map[string]any, error)

// get calls an operation in the region of the call. For a missing resource it returns empty members: the emulator then refuses the call
// itself.
func (c call) get(ctx context.Context, service, operation string, input map[string]any) (members, error) {
	out, err := c.ask(ctx, c.Region, service, operation, input)
	if wire.NotFound(err) {
		return members{}, nil
	}
	return out, err
}

// list reads all pages of a list. member is the answer's member with the elements; token is the name of the page token in requests and
// answers.
func (c call) list(ctx context.Context, service, operation, member, token string, input map[string]any) ([]any, error) {
	var all []any
	for {
		out, err := c.get(ctx, service, operation, input)
		if err != nil {
			return nil, err
		}
		all = append(all, out.list(member)...)
		next := out.text(token)
		if next == "" {
			return all, nil
		}
		input = with(input, token, next)
	}
}

// Table returns every rule.
func Table() []Rule {
	return slices.Concat(iotRegistry, iotSecurity, iotData, dynamoRequests, dynamoItems, dynamoTables, kinesis, sqs, sns, lambda, s3, cognito, scheduler,
		events, firehose, logs, iam, templates)
}

// NewCheck returns a front check that refuses calls by the rules of the table.
func NewCheck(table []Rule, ask Ask, log *slog.Logger) front.Check {
	byOperation := map[string][]Rule{}
	for _, r := range table {
		for _, op := range r.Operations {
			byOperation[r.Service+"."+op] = append(byOperation[r.Service+"."+op], r)
		}
	}
	kept := &tables{ask: ask, now: time.Now, known: map[string]description{}}
	return func(ctx context.Context, c *front.Call) *front.Refusal {
		if c.Op == nil {
			return nil
		}
		kept.forget(c)
		within := call{Call: c, members: c.Input, ask: once(kept.get)}
		for _, r := range byOperation[c.Service+"."+c.Operation] {
			message, err := r.check(ctx, within)
			if err != nil {
				log.Warn("rule undecided", "rule", r.Name, "operation", c.Operation, "error", err)
				continue
			}
			if message != "" {
				return r.refusal(message)
			}
		}
		return nil
	}
}

// olderCodes are the error codes of the query protocol that Amazon SQS formerly used. SQS still sends them beside the JSON protocol's
// codes.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
var olderCodes = map[string]string{
	"BatchEntryIdsNotDistinct":     "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
	"BatchRequestTooLong":          "AWS.SimpleQueueService.BatchRequestTooLong",
	"EmptyBatchRequest":            "AWS.SimpleQueueService.EmptyBatchRequest",
	"InvalidBatchEntryId":          "AWS.SimpleQueueService.InvalidBatchEntryId",
	"TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
}

func (r Rule) refusal(message string) *front.Refusal {
	status := r.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	return &front.Refusal{Rule: r.Name, Fault: wire.Fault{Status: status, Code: r.Code, Message: message, QueryCode: olderCodes[r.Code]}}
}

// stateless adapts a check that needs only the call's members.
func stateless(check func(members) string) func(context.Context, call) (string, error) {
	return func(_ context.Context, c call) (string, error) { return check(c.members), nil }
}

// unless returns the formatted message if the condition does not hold, and an empty string otherwise.
func unless(holds bool, format string, values ...any) string {
	if holds {
		return ""
	}
	return fmt.Sprintf(format, values...)
}
