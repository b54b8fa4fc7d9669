package policy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/names"
	"connectedcar/lib/policy"
)

func TestPeopleReadAndNeverPublish(t *testing.T) {
	at := policy.Place{Partition: "aws", Region: "eu-central-1", Account: "123456789012"}
	statements := policy.Listening("cars", at)
	actions := map[string][]string{}
	for _, s := range statements {
		for _, a := range s.Action {
			actions[a] = s.Resource
		}
	}
	assert.Len(t, actions, 3)
	assert.Equal(t, []string{"arn:aws:iot:eu-central-1:123456789012:client/${cognito-identity.amazonaws.com:sub}*"}, actions["iot:Connect"])
	for _, resource := range actions["iot:Receive"] {
		assert.Contains(t, resource, ":topic/")
	}
	assert.Contains(t, actions["iot:Subscribe"], "arn:aws:iot:eu-central-1:123456789012:topicfilter/dt/cars/*/*")
}

func TestKeepersOfPoliciesTouchThoseOfPeopleOnly(t *testing.T) {
	at := policy.Place{Partition: "aws", Region: "eu-central-1", Account: "123456789012"}
	const app names.Application = "cars-dev"
	statements := policy.KeepingListeners(app, at)
	assert.Equal(t, "arn:aws:iot:eu-central-1:123456789012:policy/"+app.IdentityPolicyPrefix()+"*", statements[0].Resource[0])
	actions, resources := policy.NotAttaching(at)
	assert.Subset(t, statements[1].Action, actions)
	assert.Equal(t, []string{"arn:aws:iot:eu-central-1:123456789012:cert/*", "arn:aws:iot:eu-central-1:123456789012:thinggroup/*"}, resources)
}
