// Package scheduler calls a function at a given time, by Amazon EventBridge Scheduler.
package scheduler

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/names"
)

// Alarm is the event with which EventBridge Scheduler calls a function.
type Alarm struct {
	UserID string `json:"userId"`
}

// Alarms keeps at most one schedule for each user, for one time.
type Alarms struct {
	client      *scheduler.Client
	group, role string
	function    func(context.Context) string
}

// NewAlarms keeps schedules in the group of that name. EventBridge Scheduler assumes the role to call the function. function returns the
// function's ARN; it is called late because a Lambda function learns its own ARN only with a request.
func NewAlarms(cfg aws.Config, group, role string, function func(context.Context) string) *Alarms {
	return &Alarms{client: scheduler.NewFromConfig(cfg), group: group, role: role, function: function}
}

// Failed calls of the function are retried for an hour: DynamoDB's TTL then removes the grant soon.
const (
	attempts = 20
	patience = time.Hour
)

// Set schedules a call of the function with an Alarm for the user at that time, to the minute, in place of an earlier schedule. The zero
// time removes the schedule. A schedule deletes itself after the call.
func (a *Alarms) Set(ctx context.Context, userID string, at time.Time) error {
	name := scheduleName(userID)
	if at.IsZero() {
		return a.clear(ctx, name)
	}
	function := a.function(ctx)
	if function == "" {
		return errors.New("set an alarm: the ARN of the function to call is not known")
	}
	input, err := json.Marshal(Alarm{UserID: userID})
	if err != nil {
		return fmt.Errorf("encode an alarm: %w", err)
	}
	expression := aws.String("at(" + at.UTC().Format("2006-01-02T15:04:05") + ")")
	target := &types.Target{
		Arn: &function, RoleArn: &a.role, Input: aws.String(string(input)),
		RetryPolicy: &types.RetryPolicy{MaximumRetryAttempts: aws.Int32(attempts), MaximumEventAgeInSeconds: aws.Int32(int32(patience.Seconds()))},
	}
	window := &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff}
	_, err = a.client.UpdateSchedule(ctx, &scheduler.UpdateScheduleInput{
		Name: &name, GroupName: &a.group, ScheduleExpression: expression, Target: target, FlexibleTimeWindow: window,
		ActionAfterCompletion: types.ActionAfterCompletionDelete,
	})
	if !errors.As(err, new(*types.ResourceNotFoundException)) {
		return awsconfig.Sort(err)
	}
	_, err = a.client.CreateSchedule(ctx, &scheduler.CreateScheduleInput{
		Name: &name, GroupName: &a.group, ScheduleExpression: expression, Target: target, FlexibleTimeWindow: window,
		ActionAfterCompletion: types.ActionAfterCompletionDelete,
	})
	return awsconfig.Sort(err) // another caller created the schedule meanwhile: that is a conflict, and a retry changes the schedule
}

func (a *Alarms) clear(ctx context.Context, name string) error {
	_, err := a.client.DeleteSchedule(ctx, &scheduler.DeleteScheduleInput{Name: &name, GroupName: &a.group})
	if errors.As(err, new(*types.ResourceNotFoundException)) {
		return nil
	}
	return awsconfig.Sort(err)
}

// scheduleName hashes the user's id for the name of a schedule, which may have fewer kinds of characters than the id.
func scheduleName(userID string) string {
	sum := sha256.Sum256([]byte(userID))
	return names.GrantSchedulePrefix + hex.EncodeToString(sum[:16])
}
