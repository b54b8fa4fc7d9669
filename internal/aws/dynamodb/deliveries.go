package dynamodb

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/notification"
)

// Deliveries keeps the state of deliveries in the one-time table, by id, with TTL in expiresAt: rows delivery#<id> with a state and the
// end of the lease (leaseUntil, milliseconds since 1970), rows told#<thread>, and counters deliveries#<name>.
type Deliveries struct {
	api   API
	table string
}

// NewDeliveries uses the table of that name.
func NewDeliveries(api API, table string) *Deliveries { return &Deliveries{api: api, table: table} }

const (
	statePending = "PENDING"
	stateDone    = "DONE"
	// deliveriesKept is longer than a message waits in any queue or in any quiet hours.
	deliveriesKept = 15 * 24 * time.Hour
	toldKept       = 180 * 24 * time.Hour // as long as an alert is kept
)

func deliveryKey(id string) item { return item{"id": text("delivery#" + id)} }

// Lease reserves a delivery for the caller until now plus lease. The returned state reports whether the delivery is finished or leased by
// another worker.
func (s *Deliveries) Lease(ctx context.Context, id string, now time.Time, lease time.Duration) (notification.LeaseState, error) {
	_, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: deliveryKey(id),
		UpdateExpression:         aws.String("SET #state = :pending, leaseUntil = :until, expiresAt = :expires"),
		ConditionExpression:      aws.String("attribute_not_exists(id) OR (#state = :pending AND leaseUntil <= :now)"),
		ExpressionAttributeNames: map[string]string{"#state": "state"}, // a reserved word of DynamoDB
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

// Finish marks a leased delivery as done.
func (s *Deliveries) Finish(ctx context.Context, id string, now time.Time) error {
	it := deliveryKey(id)
	it["state"], it["expiresAt"] = text(stateDone), epoch(now.Add(deliveriesKept))
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: it})
	return awsconfig.Sort(err)
}

// Release ends the lease of a delivery before its time. A delivery that is done stays done.
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

// LastNotified returns the start time of the newest alert of the thread that was notified; zero if there is none.
func (s *Deliveries) LastNotified(ctx context.Context, thread string) (time.Time, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: item{"id": text("told#" + thread)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return time.Time{}, awsconfig.Sort(err)
	}
	return instantOf(out.Item, "firstAt")
}

// SetNotified stores firstAt as the start time of the newest notified alert of the thread.
func (s *Deliveries) SetNotified(ctx context.Context, thread string, firstAt, now time.Time) error {
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: item{
		"id": text("told#" + thread), "firstAt": instant(firstAt), "expiresAt": epoch(now.Add(toldKept)),
	}})
	return awsconfig.Sort(err)
}

// Count adds one to a counter and returns true, or returns false if the counter has reached most.
func (s *Deliveries) Count(ctx context.Context, name string, most int, until time.Time) (bool, error) {
	return count(ctx, s.api, s.table, "deliveries#"+name, most, until.Add(time.Hour))
}
