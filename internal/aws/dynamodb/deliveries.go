package dynamodb

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/notification"
)

// Deliveries keeps what was delivered in the table of things that are used once, by id, with TTL in expiresAt: rows
// delivery#<id> with a state and until when it is claimed (leaseUntil, milliseconds since 1970), told#<thread>, and counters
// deliveries#<name>.
type Deliveries struct {
	api   API
	table string
}

// NewDeliveries uses the table of that name.
func NewDeliveries(api API, table string) *Deliveries { return &Deliveries{api: api, table: table} }

const (
	statePending = "PENDING"
	stateDone    = "DONE"
	// deliveriesKept is longer than a message waits in any queue or for any quiet hours.
	deliveriesKept = 15 * 24 * time.Hour
	toldKept       = 180 * 24 * time.Hour // as long as an alert
)

func deliveryKey(id string) item { return item{"id": text("delivery#" + id)} }

// Lease takes a delivery for so long, unless it is done or somebody else has it.
func (s *Deliveries) Lease(ctx context.Context, id string, now time.Time, lease time.Duration) (notification.LeaseState, error) {
	_, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: deliveryKey(id),
		UpdateExpression:         aws.String("SET #state = :pending, leaseUntil = :until, expiresAt = :expires"),
		ConditionExpression:      aws.String("attribute_not_exists(id) OR (#state = :pending AND leaseUntil <= :now)"),
		ExpressionAttributeNames: map[string]string{"#state": "state"}, // a reserved word
		ExpressionAttributeValues: item{
			":pending": text(statePending), ":until": integer(now.Add(lease).UnixMilli()), ":now": integer(now.UnixMilli()),
			":expires": epoch(now.Add(deliveriesKept)),
		},
	})
	if err == nil {
		return notification.Leased, nil
	}
	if !conditionFailed(err) {
		return 0, awsconfig.Sort(err)
	}
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: deliveryKey(id), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return 0, awsconfig.Sort(err)
	}
	if textOf(out.Item, "state") == stateDone {
		return notification.Done, nil
	}
	return notification.Busy, nil
}

// Finish notes that a claimed delivery is done.
func (s *Deliveries) Finish(ctx context.Context, id string, now time.Time) error {
	it := deliveryKey(id)
	it["state"], it["expiresAt"] = text(stateDone), epoch(now.Add(deliveriesKept))
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: it})
	return awsconfig.Sort(err)
}

// Release gives a claimed delivery back. One that is done stays done.
func (s *Deliveries) Release(ctx context.Context, id string) error {
	_, err := s.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.table, Key: deliveryKey(id),
		ConditionExpression:       aws.String("attribute_not_exists(id) OR #state = :pending"),
		ExpressionAttributeNames:  map[string]string{"#state": "state"},
		ExpressionAttributeValues: item{":pending": text(statePending)},
	})
	if conditionFailed(err) {
		return nil
	}
	return awsconfig.Sort(err)
}

// LastNotified returns the beginning of the newest alert of that thread that was notified; zero if there is none.
func (s *Deliveries) LastNotified(ctx context.Context, thread string) (time.Time, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: item{"id": text("told#" + thread)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return time.Time{}, awsconfig.Sort(err)
	}
	return instantOf(out.Item, "firstAt")
}

// SetNotified notes it.
func (s *Deliveries) SetNotified(ctx context.Context, thread string, firstAt, now time.Time) error {
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: item{
		"id": text("told#" + thread), "firstAt": instant(firstAt), "expiresAt": epoch(now.Add(toldKept)),
	}})
	return awsconfig.Sort(err)
}

// Count adds one to a counter unless it is at its most; false if it is.
func (s *Deliveries) Count(ctx context.Context, name string, most int, until time.Time) (bool, error) {
	return count(ctx, s.api, s.table, "deliveries#"+name, most, until.Add(time.Hour))
}
