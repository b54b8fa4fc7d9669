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

// Ownership stores owners in the table of vehicles, grants in the table of grants, and claim codes and counters in the one-time table.
type Ownership struct {
	*Vehicles
	grants, oneTime string
}

// NewOwnership uses the tables of those names.
func NewOwnership(api API, vehicles, grants, oneTime string) *Ownership {
	return &Ownership{Vehicles: NewVehicles(api, vehicles), grants: grants, oneTime: oneTime}
}

func codeKey(v vin.VIN) item { return item{"id": text("claim#" + string(v))} }

// PutCode stores a code over the car's earlier one.
func (s *Ownership) PutCode(ctx context.Context, c ownership.Code) error {
	it := codeKey(c.VIN)
	it["vin"], it["hash"], it["issuedBy"] = text(string(c.VIN)), text(c.Hash), text(c.IssuedBy)
	set(it, map[string]string{"owner": c.Owner, "dealer": c.Dealer})
	it["until"], it["expiresAt"] = instant(c.ExpiresAt), epoch(c.ExpiresAt)
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.oneTime, Item: it})
	return awsconfig.Sort(err)
}

// Code reads the car's code, consistently; the zero Code if there is none.
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

// Count adds one to the counter of that name and returns its value. DynamoDB deletes the counter some time after until.
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

// Own makes the user the owner of a car without an owner and uses up the code, in one transaction.
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

// give is the update expression that ends the ownership of a car.
const give = "SET wipeOf = :owner REMOVE ownerId, ownedSince, nickname, locationConsentUntil, locationConsentDealer, operatorConsentUntil ADD version :one"

// Release ends the ownership of that owner and deletes the car's claim code, in one transaction. It changes nothing if the user is not the
// owner.
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

// HandOver ends the ownership of the owner who issued the code. It changes nothing if that user is not the owner.
func (s *Ownership) HandOver(ctx context.Context, c ownership.Code) error {
	return s.ofOwner(ctx, c.VIN, c.IssuedBy, give, item{":one": integer(1)}, nil)
}

// LetDealer lets that dealer see the car's position until that time; vehicle.ErrOwned if that user does not own the car,
// vehicle.ErrChanged if another dealer looks after the car.
func (s *Ownership) LetDealer(ctx context.Context, v vin.VIN, owner, dealer string, until time.Time) error {
	_, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: item{"vin": text(string(v))},
		UpdateExpression:          aws.String("SET locationConsentUntil = :until, locationConsentDealer = :dealer ADD version :one"),
		ConditionExpression:       aws.String("ownerId = :owner AND dealerId = :dealer"),
		ExpressionAttributeValues: item{":owner": text(owner), ":dealer": text(dealer), ":until": instant(until), ":one": integer(1)},
		// The old row shows which of the two conditions failed.
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

// LetOperators lets the platform's operators see the car's position until that time; vehicle.ErrOwned if that user does not own the car.
func (s *Ownership) LetOperators(ctx context.Context, v vin.VIN, owner string, until time.Time) error {
	return s.ofOwner(ctx, v, owner, "SET operatorConsentUntil = :until ADD version :one", item{":one": integer(1), ":until": instant(until)}, vehicle.ErrOwned)
}

// EndConsent withdraws every consent of the owner; vehicle.ErrOwned if that user does not own the car.
func (s *Ownership) EndConsent(ctx context.Context, v vin.VIN, owner string) error {
	return s.ofOwner(ctx, v, owner, "REMOVE locationConsentUntil, locationConsentDealer, operatorConsentUntil ADD version :one",
		item{":one": integer(1)}, vehicle.ErrOwned)
}

// ofOwner updates the car if that user owns it; otherwise it returns the given error.
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

// Wiped records that the data of the car's former owner has been erased.
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

// PutGrant writes a grant over an earlier one to the same user, in one transaction that requires the issuer of the grant to own the car:
// the ownership may end between the caller's check and the write. vehicle.ErrOwned if the issuer is not the owner.
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

// refusedAt reports whether a transaction failed because of the condition of its n-th write.
func refusedAt(err error, n int) bool {
	var cancelled *types.TransactionCanceledException
	return errors.As(err, &cancelled) && n < len(cancelled.CancellationReasons) &&
		aws.ToString(cancelled.CancellationReasons[n].Code) == "ConditionalCheckFailed"
}

// Grant reads the car's grant to that user, also an expired one; ownership.ErrNoGrant if there is none.
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

// RemoveGrant deletes a grant; ownership.ErrNoGrant if there is none.
func (s *Ownership) RemoveGrant(ctx context.Context, v vin.VIN, user string) error {
	_, err := s.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.grants, Key: item{"vin": text(string(v)), "userId": text(user)}, ConditionExpression: aws.String("attribute_exists(vin)"),
	})
	if conditionFailed(err) {
		return ownership.ErrNoGrant
	}
	return awsconfig.Sort(err)
}

// Grants lists the car's grants, by user. Expired ones are included until DynamoDB deletes them.
func (s *Ownership) Grants(ctx context.Context, v vin.VIN, p paging.Request) (paging.Page[ownership.Grant], error) {
	return s.grantPage(ctx, &dynamodb.QueryInput{
		TableName: &s.grants, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("vin = :vin"),
		ExpressionAttributeValues: item{":vin": text(string(v))},
	}, p)
}

// GrantsTo lists the grants to that user, by VIN. Expired ones are included until DynamoDB deletes them.
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
