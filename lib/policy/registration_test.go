package policy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/lib/policy"
)

func TestRegistrationActsOnItsOwnPlaceAlone(t *testing.T) {
	scope := policy.RegistrationScope{CAs: []string{place.IoT("cacert", "ca1")}, Groups: []string{place.IoT("thinggroup", "cars_manufacturer_acme")}}
	allowed := map[string][]string{}
	for _, s := range policy.Registration(place, scope) {
		assert.Equal(t, "Allow", s.Effect)
		for _, action := range s.Action {
			assert.NotContains(t, action, "*")
			assert.NotContains(t, allowed, action, "two statements allow it")
			allowed[action] = s.Resource
		}
	}
	for action, resources := range allowed {
		for _, r := range resources {
			if action == "iot:AttachThingPrincipal" {
				assert.Equal(t, "*", r)
				continue
			}
			assert.True(t, strings.HasPrefix(r, "arn:aws:iot:eu-central-1:123456789012:"), "%s on %s", action, r)
		}
	}
	assert.Equal(t, scope.CAs, allowed["iot:DescribeCACertificate"])
	assert.Equal(t, []string{place.IoT("thing", "*"), place.IoT("thinggroup", "cars_manufacturer_acme")}, allowed["iot:AddThingToThingGroup"])
}

func TestRegistrationWithoutAuthoritiesAsksForNone(t *testing.T) {
	for _, s := range policy.Registration(place, policy.RegistrationScope{}) {
		assert.NotContains(t, s.Action, "iot:AddThingToThingGroup")
		assert.NotContains(t, s.Action, "iot:DescribeCACertificate")
		assert.NotEmpty(t, s.Resource)
	}
}
