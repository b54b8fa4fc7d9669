//go:build integration

package dynamodb_test

import (
	"strconv"
	"testing"
	"time"

	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/notification/preference"
	"connectedcar/internal/names"
	"connectedcar/internal/testing/storetest"
)

func TestPreferences(t *testing.T) {
	c := client(t)
	storetest.Preferences(t, func(t *testing.T) preference.Store { return dynamodb.NewPreferences(c, table(t, c, "userId", "kind")) })
}

func TestChallenges(t *testing.T) {
	c := client(t)
	storetest.Challenges(t, func(t *testing.T) preference.Challenges { return dynamodb.NewChallenges(c, table(t, c, "id")) })
}

func TestDeliveries(t *testing.T) {
	c := client(t)
	storetest.Deliveries(t, func(t *testing.T) storetest.DeliveriesStore { return dynamodb.NewDeliveries(c, table(t, c, "id")) })
}

func TestPersons(t *testing.T) {
	c := client(t)
	vehicles, grants := table(t, c, "vin"), table(t, c, "vin", "userId")
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	s := func(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
	put := func(table string, item map[string]types.AttributeValue) {
		_, err := c.PutItem(t.Context(), &awsdynamodb.PutItemInput{TableName: &table, Item: item})
		require.NoError(t, err)
	}
	put(vehicles, map[string]types.AttributeValue{"vin": s("V1"), "ownerId": s("owner"), "ownedSince": s("2026-11-20T00:00:00.000Z")})
	put(vehicles, map[string]types.AttributeValue{"vin": s("V2")})
	grant := func(car, user, by string, since, until time.Time) {
		put(grants, map[string]types.AttributeValue{
			"vin": s(car), "userId": s(user), "grantedBy": s(by), "grantedAt": s(since.Format(names.TimestampLayout)), "expiresAt": seconds(until),
		})
	}
	grant("V1", "still", "owner", now.Add(-time.Hour), now.Add(time.Minute))
	grant("V1", "over", "owner", now.Add(-time.Hour), now)
	grant("V1", "another's", "before", now.Add(-time.Hour), now.Add(time.Minute))
	grant("V1", "since", "owner", now.Add(time.Minute), now.Add(time.Hour))
	grant("V2", "stray", "owner", now.Add(-time.Hour), now.Add(time.Minute))
	persons := dynamodb.NewPersons(c, vehicles, grants, func() time.Time { return now })
	for name, tc := range map[string]struct {
		car  string
		at   time.Time
		want []string
	}{
		"the owner and those who may use the car": {"V1", now, []string{"owner", "still"}},
		"what was before the owner is not theirs": {"V1", now.AddDate(0, 0, -4), nil},
		"a car that nobody owns has nobody":       {"V2", now, nil},
		"a car that is not there has nobody":      {"V3", now, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := persons.Persons(t.Context(), tc.car, tc.at)
			require.NoError(t, err)
			assert.ElementsMatch(t, tc.want, got)
		})
	}
}

func seconds(at time.Time) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(at.Unix(), 10)}
}
