package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/ownership"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Ownership is owners in the table of vehicles, grants in their own, and claim codes and counters in the table of what is kept for
// a while.
type Ownership struct {
	*Vehicles
	grants, oneTime string
}

// NewOwnership uses the tables of those names.
func NewOwnership(api API, vehicles, grants, oneTime string) *Ownership {
	return &Ownership{Vehicles: NewVehicles(api, vehicles), grants: grants, oneTime: oneTime}
}

func codeKey(v vin.VIN) item { return item{"id": text("claim#" + string(v))} }

// PutCode keeps a code in the place of the car's one before.
func (s *Ownership) PutCode(ctx context.Context, c ownership.Code) error {
	it := codeKey(c.VIN)
	it["vin"], it["hash"], it["issuedBy"] = text(string(c.VIN)), text(c.Hash), text(c.IssuedBy)
	set(it, map[string]string{"owner": c.Owner, "dealer": c.Dealer})
	it["until"], it["expiresAt"] = instant(c.ExpiresAt), epoch(c.ExpiresAt)
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.oneTime, Item: it})
	return awsconfig.Sort(err)
}

// Code is the car's code, read consistently; the zero Code if there is none.
func (s *Ownership) Code(ctx context.Context, v vin.VIN) (ownership.Code, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.oneTime, Key: codeKey(v), ConsistentRead: aws.Bool(true)})
	if err != nil || out.Item == nil {
		return ownership.Code{}, awsconfig.Sort(err)
	}
	until, err := instantOf(out.Item, "until")
	if err != nil {
		return ownership.Code{}, fmt.Errorf("claim code of %s: %w", v.Redacted(), err)
	}
	return ownership.Code{
		VIN: vin.VIN(textOf(out.Item, "vin")), Hash: textOf(out.Item, "hash"), IssuedBy: textOf(out.Item, "issuedBy"),
		Owner: textOf(out.Item, "owner"), Dealer: textOf(out.Item, "dealer"), ExpiresAt: until,
	}, nil
}

// Count counts under a name that is forgotten some time after until.
func (s *Ownership) Count(ctx context.Context, name string, until time.Time) (int64, error) {
	out, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.oneTime, Key: item{"id": text(name)}, UpdateExpression: aws.String("ADD #count :one SET expiresAt = :until"),
		ExpressionAttributeNames: map[string]string{"#count": "count"}, ExpressionAttributeValues: item{":one": integer(1), ":until": epoch(until)},
		ReturnValues: types.ReturnValueUpdatedNew,
	})
	if err != nil {
		return 0, awsconfig.Sort(err)
	}
	return integerOf(out.Attributes, "count"), nil
}

// Own makes the user the owner of a free car and uses the code up, in one transaction.
func (s *Ownership) Own(ctx context.Context, c ownership.Code, user string, at time.Time) error {
	_, err := s.api.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Update: &types.Update{
			TableName: &s.table, Key: item{"vin": text(string(c.VIN))},
			UpdateExpression:          aws.String("SET ownerId = :user, ownedSince = :at ADD version :one"),
			ConditionExpression:       aws.String("attribute_exists(vin) AND attribute_not_exists(ownerId) AND attribute_not_exists(wipeOf)"),
			ExpressionAttributeValues: item{":user": text(user), ":at": instant(at), ":one": integer(1)},
		}},
		{Delete: &types.Delete{
			TableName: &s.oneTime, Key: codeKey(c.VIN), ConditionExpression: aws.String("#hash = :hash"),
			ExpressionAttributeNames: map[string]string{"#hash": "hash"}, ExpressionAttributeValues: item{":hash": text(c.Hash)},
		}},
	}})
	for n, why := range []error{vehicle.ErrOwned, ownership.ErrWrongCode} {
		if refusedAt(err, n) {
			return why
		}
	}
	return awsconfig.Sort(err)
}

// give is the change of a car that has no owner any more.
const give = "SET wipeOf = :owner REMOVE ownerId, ownedSince, nickname, locationConsentUntil, locationConsentDealer, operatorConsentUntil ADD version :one"

// Release takes the car from that owner and ends its claim code, in one transaction; nothing happens if it is not theirs.
func (s *Ownership) Release(ctx context.Context, v vin.VIN, owner string, by *vehicle.Ending) error {
	expression, values := give, item{":owner": text(owner), ":one": integer(1)}
	if by != nil {
		expression = strings.Replace(give, " REMOVE", ", endings = list_append(if_not_exists(endings, :none), :ending) REMOVE", 1)
		values[":none"] = &types.AttributeValueMemberL{Value: []types.AttributeValue{}}
		values[":ending"] = endingList([]vehicle.Ending{*by})
	}
	_, err := s.api.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Update: &types.Update{
			TableName: &s.table, Key: item{"vin": text(string(v))}, UpdateExpression: &expression,
			ConditionExpression: aws.String("ownerId = :owner"), ExpressionAttributeValues: values,
		}},
		{Delete: &types.Delete{TableName: &s.oneTime, Key: codeKey(v)}},
	}})
	if refusedAt(err, 0) {
		return nil
	}
	return awsconfig.Sort(err)
}

// HandOver takes the car from the owner who made the code; nothing happens if it is not theirs.
func (s *Ownership) HandOver(ctx context.Context, c ownership.Code) error {
	return s.ofOwner(ctx, c.VIN, c.IssuedBy, give, item{":one": integer(1)}, nil)
}

// LetDealer lets that dealer see where the car is: vehicle.ErrOwned if it is not that owner's, vehicle.ErrChanged if another dealer looks
// after it.
func (s *Ownership) LetDealer(ctx context.Context, v vin.VIN, owner, dealer string, until time.Time) error {
	_, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: item{"vin": text(string(v))},
		UpdateExpression:          aws.String("SET locationConsentUntil = :until, locationConsentDealer = :dealer ADD version :one"),
		ConditionExpression:       aws.String("ownerId = :owner AND dealerId = :dealer"),
		ExpressionAttributeValues: item{":owner": text(owner), ":dealer": text(dealer), ":until": instant(until), ":one": integer(1)},
		// Which of the two it was decides the error.
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) {
		if textOf(refused.Item, "ownerId") == owner {
			return vehicle.ErrChanged
		}
		return vehicle.ErrOwned
	}
	return awsconfig.Sort(err)
}

// LetOperators lets who runs the platform see where the car is; vehicle.ErrOwned if it is not that owner's.
func (s *Ownership) LetOperators(ctx context.Context, v vin.VIN, owner string, until time.Time) error {
	return s.ofOwner(ctx, v, owner, "SET operatorConsentUntil = :until ADD version :one", item{":one": integer(1), ":until": instant(until)}, vehicle.ErrOwned)
}

// EndConsent takes every consent back; vehicle.ErrOwned if it is not that owner's car.
func (s *Ownership) EndConsent(ctx context.Context, v vin.VIN, owner string) error {
	return s.ofOwner(ctx, v, owner, "REMOVE locationConsentUntil, locationConsentDealer, operatorConsentUntil ADD version :one",
		item{":one": integer(1)}, vehicle.ErrOwned)
}

// ofOwner updates a car that is that owner's; otherwise it returns the error given.
func (s *Ownership) ofOwner(ctx context.Context, v vin.VIN, owner, expression string, values item, otherwise error) error {
	values[":owner"] = text(owner)
	_, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: item{"vin": text(string(v))}, UpdateExpression: &expression,
		ConditionExpression: aws.String("ownerId = :owner"), ExpressionAttributeValues: values,
	})
	if conditionFailed(err) {
		return otherwise
	}
	return awsconfig.Sort(err)
}

// Wiped notes that nothing of that former owner is left.
func (s *Ownership) Wiped(ctx context.Context, v vin.VIN, owner string) error {
	_, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: item{"vin": text(string(v))}, UpdateExpression: aws.String("REMOVE wipeOf"),
		ConditionExpression: aws.String("wipeOf = :owner"), ExpressionAttributeValues: item{":owner": text(owner)},
	})
	if conditionFailed(err) {
		return nil
	}
	return awsconfig.Sort(err)
}

// PutGrant writes a grant in the place of one to the same user, in one transaction with the condition that the car is owned by who
// grants it: a release between the caller's check and the write would leave a grant in another's car. vehicle.ErrOwned if it is not.
func (s *Ownership) PutGrant(ctx context.Context, g ownership.Grant) error {
	_, err := s.api.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{ConditionCheck: &types.ConditionCheck{
			TableName: &s.table, Key: item{"vin": text(string(g.VIN))}, ConditionExpression: aws.String("ownerId = :owner"),
			ExpressionAttributeValues: item{":owner": text(g.GrantedBy)},
		}},
		{Put: &types.Put{TableName: &s.grants, Item: set(item{
			"vin": text(string(g.VIN)), "userId": text(g.UserID), "grantedAt": instant(g.GrantedAt), "expiresAt": epoch(g.Until),
		}, map[string]string{"email": g.Email, "grantedBy": g.GrantedBy})}},
	}})
	if refusedAt(err, 0) {
		return vehicle.ErrOwned
	}
	return awsconfig.Sort(err)
}

// refusedAt reports whether a transaction was refused by the condition of its n-th write.
func refusedAt(err error, n int) bool {
	var cancelled *types.TransactionCanceledException
	return errors.As(err, &cancelled) && n < len(cancelled.CancellationReasons) &&
		aws.ToString(cancelled.CancellationReasons[n].Code) == "ConditionalCheckFailed"
}

// Grant is the grant of the car to that user, expired or not; ownership.ErrNoGrant if there is none.
func (s *Ownership) Grant(ctx context.Context, v vin.VIN, user string) (ownership.Grant, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.grants, Key: item{"vin": text(string(v)), "userId": text(user)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return ownership.Grant{}, awsconfig.Sort(err)
	}
	if out.Item == nil {
		return ownership.Grant{}, ownership.ErrNoGrant
	}
	return grantOf(out.Item)
}

// RemoveGrant ends a grant; ownership.ErrNoGrant if there is none.
func (s *Ownership) RemoveGrant(ctx context.Context, v vin.VIN, user string) error {
	_, err := s.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.grants, Key: item{"vin": text(string(v)), "userId": text(user)}, ConditionExpression: aws.String("attribute_exists(vin)"),
	})
	if conditionFailed(err) {
		return ownership.ErrNoGrant
	}
	return awsconfig.Sort(err)
}

// Grants are the car's grants, by user, expired ones among them until DynamoDB removes them.
func (s *Ownership) Grants(ctx context.Context, v vin.VIN, p paging.Request) (paging.Page[ownership.Grant], error) {
	return s.grantPage(ctx, &dynamodb.QueryInput{
		TableName: &s.grants, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("vin = :vin"),
		ExpressionAttributeValues: item{":vin": text(string(v))},
	}, p)
}

// GrantsTo are the grants to that user, by VIN, expired ones among them until DynamoDB removes them.
func (s *Ownership) GrantsTo(ctx context.Context, user string, p paging.Request) (paging.Page[ownership.Grant], error) {
	return s.grantPage(ctx, &dynamodb.QueryInput{
		TableName: &s.grants, IndexName: aws.String("byUser"), KeyConditionExpression: aws.String("userId = :user"),
		ExpressionAttributeValues: item{":user": text(user)},
	}, p)
}

func (s *Ownership) grantPage(ctx context.Context, in *dynamodb.QueryInput, p paging.Request) (paging.Page[ownership.Grant], error) {
	rows, next, err := query(ctx, s.api, in, p)
	if err != nil {
		return paging.Page[ownership.Grant]{}, err
	}
	out := paging.Page[ownership.Grant]{Next: next}
	for _, it := range rows {
		g, err := grantOf(it)
		if err != nil {
			return paging.Page[ownership.Grant]{}, err
		}
		out.Items = append(out.Items, g)
	}
	return out, nil
}

func grantOf(it item) (ownership.Grant, error) {
	at, err := instantOf(it, "grantedAt")
	if err != nil {
		return ownership.Grant{}, fmt.Errorf("a grant of %s: %w", vin.VIN(textOf(it, "vin")).Redacted(), err)
	}
	return ownership.Grant{
		VIN: vin.VIN(textOf(it, "vin")), UserID: textOf(it, "userId"), Email: textOf(it, "email"), GrantedBy: textOf(it, "grantedBy"),
		GrantedAt: at, Until: time.Unix(integerOf(it, "expiresAt"), 0).UTC(),
	}, nil
}
