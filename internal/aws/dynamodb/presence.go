package dynamodb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/presence"
	"connectedcar/internal/vin"
)

// Presences stores the connection state of cars in the table of vehicle states. Its attributes are in the same rows as those of States.
type Presences struct {
	api   API
	table string
}

// NewPresences uses the table of that name.
func NewPresences(api API, table string) *Presences { return &Presences{api: api, table: table} }

// presenceAttributes are the names of all attributes of a presence.
var presenceAttributes = []string{
	"connected", "connectedSince", "lastSeen", "presenceVersion", "presenceSession", "presenceByClient", "presenceReason",
	"presenceLostAt", "presenceRevision",
}

// Presence reads a car's connection state, consistently. For a car that never connected it returns a state with only the VIN.
func (s *Presences) Presence(ctx context.Context, v vin.VIN) (presence.State, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: item{"vin": text(string(v))}, ConsistentRead: aws.Bool(true),
		ProjectionExpression: aws.String(strings.Join(presenceAttributes, ", ")),
	})
	if err != nil {
		return presence.State{}, awsconfig.Sort(err)
	}
	return presenceOf(v, out.Item)
}

// presenceOf reads a row that PutPresence wrote.
func presenceOf(v vin.VIN, it item) (presence.State, error) {
	p := presence.State{
		VIN: v, Version: integerOf(it, "presenceVersion"), Session: textOf(it, "presenceSession"), Reason: textOf(it, "presenceReason"),
		Revision: integerOf(it, "presenceRevision"), Connected: truthOf(it, "connected"), ByClient: truthOf(it, "presenceByClient"),
	}
	var err error
	for name, into := range map[string]*time.Time{"connectedSince": &p.Since, "lastSeen": &p.LastSeen, "presenceLostAt": &p.LostAt} {
		if *into, err = instantOf(it, name); err != nil {
			return p, fmt.Errorf("presence of %s: %w", v.Redacted(), err)
		}
	}
	return p, nil
}

func truthOf(it item, name string) bool {
	b, ok := it[name].(*types.AttributeValueMemberBOOL)
	return ok && b.Value
}

// PutPresence writes a state if the stored one has the same revision, and increments the revision; otherwise presence.ErrStale.
func (s *Presences) PutPresence(ctx context.Context, p presence.State) error {
	values := set(item{
		"connected": &types.AttributeValueMemberBOOL{Value: p.Connected}, "presenceByClient": &types.AttributeValueMemberBOOL{Value: p.ByClient},
		"presenceVersion": integer(p.Version), "presenceRevision": integer(p.Revision + 1),
	}, map[string]string{"presenceSession": p.Session, "presenceReason": p.Reason})
	for name, at := range map[string]time.Time{"connectedSince": p.Since, "lastSeen": p.LastSeen, "presenceLostAt": p.LostAt} {
		if !at.IsZero() {
			values[name] = instant(at)
		}
	}
	in := &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: item{"vin": text(string(p.VIN))}, ExpressionAttributeValues: item{},
		ConditionExpression: aws.String("attribute_not_exists(presenceRevision)"),
	}
	var sets, removes []string
	for _, name := range presenceAttributes {
		if value, there := values[name]; there {
			sets = append(sets, name+" = :"+name)
			in.ExpressionAttributeValues[":"+name] = value
			continue
		}
		removes = append(removes, name)
	}
	expression := "SET " + strings.Join(sets, ", ")
	if len(removes) > 0 {
		expression += " REMOVE " + strings.Join(removes, ", ")
	}
	in.UpdateExpression = &expression
	if p.Revision > 0 {
		in.ConditionExpression = aws.String("presenceRevision = :known")
		in.ExpressionAttributeValues[":known"] = integer(p.Revision)
	}
	_, err := s.api.UpdateItem(ctx, in)
	if conditionFailed(err) {
		return presence.ErrStale
	}
	return awsconfig.Sort(err)
}
