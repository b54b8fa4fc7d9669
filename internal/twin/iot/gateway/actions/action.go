// Package actions implements the actions of AWS IoT topic rules, one file per action. Actions retry temporary errors. Their errors
// distinguish a destination that refuses a message from one that is unreachable.
// https://docs.aws.amazon.com/iot/latest/developerguide/iot-rule-actions.html
package actions

import (
	"context"
	"fmt"

	"connectedcar/internal/twin/iot/sql"
)

// Invocation is one message that a rule selected.
type Invocation struct {
	Rule     string // the rule's name
	Message  sql.Message
	Output   []byte // result of the rule's SELECT for the message
	Services sql.Services
}

// Wait waits for the outcome of an action: nil on success. It must be called once.
type Wait func() *Failure

// Action is a compiled action of a rule. It is safe for concurrent use.
type Action interface {
	// Start starts the action. If the destination takes batches, Start returns without waiting. Actions that one caller starts in sequence
	// reach the destination in that order. A nil Wait means that the action has already succeeded.
	Start(ctx context.Context, in Invocation) Wait
	// Describe returns the action's name in the form of AWS's error documents (for example S3Action) and its destination.
	// https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
	Describe() (action, resource string)
}

// Failure describes an action that failed.
type Failure struct {
	Action   string // for example S3Action
	Resource string // the destination
	Err      error
}

func (f *Failure) Error() string { return fmt.Sprintf("%s %s: %v", f.Action, f.Resource, f.Err) }

func (f *Failure) Unwrap() error { return f.Err }

// UnsupportedError is the error for an action that the gateway does not implement.
type UnsupportedError struct{ Name string }

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("action %s is not supported: allowed are %s", e.Name, supported)
}

const supported = "lambda, s3, kinesis, firehose, dynamoDBv2, sns, sqs, republish and cloudwatchLogs"

// single is an action that sends one message per call.
type single struct {
	name     string
	resource string
	retry    *Retrier
	send     func(ctx context.Context, in Invocation) error
}

func (s *single) Describe() (action, resource string) { return s.name, s.resource }

func (s *single) Start(ctx context.Context, in Invocation) Wait {
	err := s.retry.Do(ctx, s.name+" "+s.resource, func(ctx context.Context) error { return s.send(ctx, in) })
	if err == nil {
		return nil
	}
	return func() *Failure { return &Failure{s.name, s.resource, err} }
}
