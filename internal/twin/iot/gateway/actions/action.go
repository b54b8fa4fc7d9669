// Package actions does what AWS IoT topic rules do with the messages that they select: one file an action. Actions retry what
// may pass, and tell a destination that refuses a message from one that cannot be reached.
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
	Output   []byte // what the rule's SELECT made of the message
	Services sql.Services
}

// Wait waits until the destination took the message, or finally did not. It is called once.
type Wait func() *Failure

// Action is an action of a rule, ready to be done. It is safe for concurrent use.
type Action interface {
	// Start begins the action and returns without waiting where the destination takes messages in batches. Actions that one
	// caller starts one after the other reach the destination in that order. A nil Wait: done, with success.
	Start(ctx context.Context, in Invocation) Wait
	// Describe names the action as AWS's error documents do (for example S3Action) and its destination.
	// https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
	Describe() (action, resource string)
}

// Failure is an action that was not done.
type Failure struct {
	Action   string // for example S3Action
	Resource string // the destination
	Err      error
}

func (f *Failure) Error() string { return fmt.Sprintf("%s %s: %v", f.Action, f.Resource, f.Err) }

func (f *Failure) Unwrap() error { return f.Err }

// UnsupportedError says that the gateway has no such action.
type UnsupportedError struct{ Name string }

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("action %s is not supported: allowed are %s", e.Name, supported)
}

const supported = "lambda, s3, kinesis, firehose, dynamoDBv2, sns, sqs, republish and cloudwatchLogs"

// single is an action that sends one message at a time.
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
