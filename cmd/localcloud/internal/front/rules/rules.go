// Package rules refuses calls that AWS refuses and the emulator lets pass: quotas and orders of things that no shape expresses. Each
// rule is a row with the page of the documentation that says so. The table grows with every fault found.
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

// Rule is a row of the table.
type Rule struct {
	Name       string // a sentence about calls that pass
	Service    string
	Operations []string
	Page       string // of AWS's documentation
	Code       string
	Status     int // 0 is 400
	// check returns the error's text, empty for a call that passes.
	check func(ctx context.Context, c call) (string, error)
}

// call is a call with its members at hand and the emulator to ask about what there is.
type call struct {
	*front.Call
	members
	ask Ask
}

// Ask calls an operation of the emulator, for rules that need to know what there is.
type Ask func(ctx context.Context, region, service, operation string, input map[string]any) (map[string]any, error)

// get asks in the region of the call. What is not there is empty: the emulator then refuses the call itself.
func (c call) get(ctx context.Context, service, operation string, input map[string]any) (members, error) {
	out, err := c.ask(ctx, c.Region, service, operation, input)
	if wire.NotFound(err) {
		return members{}, nil
	}
	return out, err
}

// list asks for all pages of a list: the member of the answer that has the elements, and the name of the token in and out.
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

// NewCheck makes the front refuse by the table.
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

// olderCodes are the codes of errors in the query protocol that Amazon SQS spoke, which it sends beside the present ones.
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

// stateless adapts a check that looks at the call alone.
func stateless(check func(members) string) func(context.Context, call) (string, error) {
	return func(_ context.Context, c call) (string, error) { return check(c.members), nil }
}

// unless returns the message where the condition does not hold.
func unless(holds bool, format string, values ...any) string {
	if holds {
		return ""
	}
	return fmt.Sprintf(format, values...)
}
