package snapshot_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// parentsOf returns the parent of each thing group of an environment; a root group has an empty parent.
func parentsOf(t *testing.T, environment string) map[string]string {
	t.Helper()
	parents := map[string]string{}
	for _, template := range everything(t) {
		if template.Stack != "connectedcar-"+environment+"-fleet" {
			continue
		}
		for _, r := range template.OfType("AWS::IoT::ThingGroup") {
			name, _ := r.Properties["ThingGroupName"].(string)
			parents[name], _ = r.Properties["ParentGroupName"].(string)
		}
	}
	require.NotEmpty(t, parents, "%s has no thing groups", environment)
	return parents
}

var groupARN = regexp.MustCompile(`:thinggroup/([A-Za-z0-9:_-]+)`)

// AWS IoT allows a thing only one group of a hierarchy. A role that adds cars to a manufacturer's group must therefore not add them to the
// fleet's group: https://docs.aws.amazon.com/iot/latest/developerguide/thing-groups.html
func TestCarsJoinTheGroupsAtTheBottomOfTheHierarchy(t *testing.T) {
	joined := 0
	for _, s := range allowing(t) {
		if len(s.actions) != 1 || s.actions[0] != "iot:AddThingToThingGroup" {
			assert.NotContains(t, s.actions, "iot:AddThingToThingGroup", "%s: it stands alone, for this test to read", s.where)
			continue
		}
		parents := parentsOf(t, strings.Split(s.where, "-")[1])
		above := map[string]bool{}
		for _, parent := range parents {
			above[parent] = true
		}
		text, err := json.Marshal(s.resources)
		require.NoError(t, err)
		for _, group := range groupARN.FindAllStringSubmatch(string(text), -1) {
			joined++
			assert.Contains(t, parents, group[1], s.where)
			assert.NotEmpty(t, parents[group[1]], "%s: %s is a root", s.where, group[1])
			assert.False(t, above[group[1]], "%s: there are groups below %s", s.where, group[1])
		}
	}
	assert.Positive(t, joined)
}

// A car in quarantine stays in its manufacturer's group, so the quarantine group must be in another hierarchy.
func TestQuarantineIsAHierarchyOfItsOwn(t *testing.T) {
	for _, environment := range []string{"dev", "prod", "local"} {
		for name, parent := range parentsOf(t, environment) {
			if strings.HasSuffix(name, "_quarantine") {
				assert.Empty(t, parent, name)
			}
			assert.False(t, strings.HasSuffix(parent, "_quarantine"), "%s is below %s", name, parent)
		}
	}
}
