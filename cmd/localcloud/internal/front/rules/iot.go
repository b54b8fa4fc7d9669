package rules

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

const (
	iotGuide  = "https://docs.aws.amazon.com/iot/latest/developerguide/"
	iotAPI    = "https://docs.aws.amazon.com/iot/latest/apireference/"
	iotQuotas = "https://docs.aws.amazon.com/general/latest/gr/iot-core.html"
	iotFleet  = "https://docs.aws.amazon.com/general/latest/gr/iot_device_management.html"
)

const (
	maxGroupsOfThing  = 10
	maxChildGroups    = 100
	maxGroupDepth     = 7
	maxAttributes     = 50
	maxUntyped        = 3 // attributes of a thing without a type
	maxSearchable     = 3 // attributes of a thing type
	deprecationPeriod = 5 * time.Minute
)

// iotRegistry are rules about things, their types and groups.
var iotRegistry = []Rule{
	{"a thing is in one group of a hierarchy", "iot", []string{"AddThingToThingGroup"},
		iotGuide + "thing-groups.html", "InvalidRequestException", 0, oneGroupOfHierarchy},
	{"a thing is in at most 10 groups", "iot", []string{"AddThingToThingGroup"}, iotFleet, "InvalidRequestException", 0, groupsOfThing},
	{"a thing group has at most 100 direct children", "iot", []string{"CreateThingGroup"}, iotFleet, "InvalidRequestException", 0, childGroups},
	{"a hierarchy of thing groups is at most 7 deep", "iot", []string{"CreateThingGroup"}, iotFleet, "InvalidRequestException", 0, groupDepth},
	{"a thing group has at most 50 attributes", "iot", []string{"CreateThingGroup", "UpdateThingGroup"}, iotFleet, "InvalidRequestException", 0,
		stateless(func(m members) string {
			n := len(m.in("thingGroupProperties").in("attributePayload").in("attributes"))
			return unless(n <= maxAttributes, "A thing group has at most %d attributes, these are %d", maxAttributes, n)
		})},
	{"a thing group without children is deleted", "iot", []string{"DeleteThingGroup"}, iotGuide + "thing-groups.html", "InvalidRequestException", 0,
		func(ctx context.Context, c call) (string, error) {
			below, err := children(ctx, c, c.text("thingGroupName"))
			return unless(len(below) == 0, "Cannot delete thing group %s when there are still child groups attached to it", c.text("thingGroupName")), err
		}},
	{"a thing without a type has at most 3 attributes", "iot", []string{"CreateThing"}, iotGuide + "thing-types.html", "InvalidRequestException", 0,
		stateless(func(m members) string {
			n := len(m.in("attributePayload").in("attributes"))
			return unless(n <= maxUntyped || m.text("thingTypeName") != "", "A thing without a thing type has at most %d attributes, these are %d", maxUntyped, n)
		})},
	{"a thing with a type has at most 50 attributes", "iot", []string{"CreateThing"}, iotGuide + "thing-types.html", "InvalidRequestException", 0,
		stateless(func(m members) string {
			n := len(m.in("attributePayload").in("attributes"))
			return unless(n <= maxAttributes, "A thing has at most %d attributes, these are %d", maxAttributes, n)
		})},
	{"a thing type has at most 3 searchable attributes", "iot", []string{"CreateThingType"}, iotQuotas, "InvalidRequestException", 0,
		stateless(func(m members) string {
			n := len(m.in("thingTypeProperties").list("searchableAttributes"))
			return unless(n <= maxSearchable, "A thing type has at most %d searchable attributes, these are %d", maxSearchable, n)
		})},
	{"a new thing has a type that is not deprecated", "iot", []string{"CreateThing"}, iotGuide + "thing-types.html", "InvalidRequestException", 0, typeInUse},
	{"a thing type is deleted five minutes after its deprecation", "iot", []string{"DeleteThingType"},
		iotAPI + "API_DeleteThingType.html", "InvalidRequestException", 0, typeDeprecated},
	{"a thing type of no thing is deleted", "iot", []string{"DeleteThingType"}, iotAPI + "API_DeleteThingType.html", "InvalidRequestException", 0,
		func(ctx context.Context, c call) (string, error) {
			out, err := c.get(ctx, "iot", "ListThings", map[string]any{"thingTypeName": c.text("thingTypeName"), "maxResults": 1})
			return unless(len(out.list("things")) == 0, "Thing type %s is still associated with a thing", c.text("thingTypeName")), err
		}},
	{"a thing without principals is deleted", "iot", []string{"DeleteThing"}, iotGuide + "thing-registry.html", "InvalidRequestException", 0,
		func(ctx context.Context, c call) (string, error) {
			out, err := c.get(ctx, "iot", "ListThingPrincipals", map[string]any{"thingName": c.text("thingName")})
			return unless(len(out.list("principals")) == 0, "Cannot delete. Thing %s is still attached to one or more principals", c.text("thingName")), err
		}},
}

func oneGroupOfHierarchy(ctx context.Context, c call) (string, error) {
	thing, group := thingOf(c), groupOf(c)
	groups, err := groupsWith(ctx, c, thing)
	if err != nil || len(groups) == 0 || slices.Contains(groups, group) {
		return "", err
	}
	root, err := rootOf(ctx, c, group)
	if err != nil {
		return "", err
	}
	for _, other := range groups {
		itsRoot, err := rootOf(ctx, c, other)
		if err != nil {
			return "", err
		}
		if root == itsRoot {
			return fmt.Sprintf("Thing %s can't be added to group %s: it is in group %s of the same hierarchy (%s)", thing, group, other, root), nil
		}
	}
	return "", nil
}

func groupsOfThing(ctx context.Context, c call) (string, error) {
	groups, err := groupsWith(ctx, c, thingOf(c))
	return unless(len(groups) < maxGroupsOfThing || slices.Contains(groups, groupOf(c)), "Thing %s is in %d thing groups; at most %d are allowed",
		thingOf(c), len(groups), maxGroupsOfThing), err
}

func thingOf(c call) string {
	if name := c.text("thingName"); name != "" {
		return name
	}
	return nameOf(c.text("thingArn"))
}

func groupOf(c call) string {
	if name := c.text("thingGroupName"); name != "" {
		return name
	}
	return nameOf(c.text("thingGroupArn"))
}

func groupsWith(ctx context.Context, c call, thing string) (names []string, err error) {
	groups, err := c.list(ctx, "iot", "ListThingGroupsForThing", "thingGroups", "nextToken", map[string]any{"thingName": thing})
	for _, g := range groups {
		names = append(names, asMembers(g).text("groupName"))
	}
	return names, err
}

// ancestors returns the groups above a group, the root first. AWS lists all of them; the emulator returns only the parent.
func ancestors(ctx context.Context, c call, group string) (above []string, err error) {
	for len(above) < maxGroupDepth {
		out, err := c.get(ctx, "iot", "DescribeThingGroup", map[string]any{"thingGroupName": group})
		if err != nil {
			return nil, err
		}
		if listed := out.in("thingGroupMetadata").elements("rootToParentThingGroups"); len(listed) > 0 {
			for i, g := range listed {
				above = slices.Insert(above, i, g.text("groupName"))
			}
			return above, nil
		}
		group = out.in("thingGroupMetadata").text("parentGroupName")
		if group == "" {
			return above, nil
		}
		above = slices.Insert(above, 0, group)
	}
	return above, nil
}

// children returns the groups directly below a group. The emulator lists all groups, whatever the parent, so each is checked here.
func children(ctx context.Context, c call, parent string) (names []string, err error) {
	groups, err := c.list(ctx, "iot", "ListThingGroups", "thingGroups", "nextToken", map[string]any{"parentGroup": parent, "recursive": false})
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		name := asMembers(g).text("groupName")
		out, err := c.get(ctx, "iot", "DescribeThingGroup", map[string]any{"thingGroupName": name})
		if err != nil {
			return nil, err
		}
		if out.in("thingGroupMetadata").text("parentGroupName") == parent {
			names = append(names, name)
		}
	}
	return names, nil
}

func rootOf(ctx context.Context, c call, group string) (string, error) {
	above, err := ancestors(ctx, c, group)
	if err != nil || len(above) == 0 {
		return group, err
	}
	return above[0], nil
}

func childGroups(ctx context.Context, c call) (string, error) {
	parent := c.text("parentGroupName")
	if parent == "" {
		return "", nil
	}
	below, err := children(ctx, c, parent)
	return unless(len(below) < maxChildGroups, "Thing group %s has %d child groups; at most %d are allowed", parent, len(below), maxChildGroups), err
}

func groupDepth(ctx context.Context, c call) (string, error) {
	parent := c.text("parentGroupName")
	if parent == "" {
		return "", nil
	}
	above, err := ancestors(ctx, c, parent)
	return unless(len(above)+2 <= maxGroupDepth, "A group below %s would be level %d of the hierarchy; at most %d are allowed", parent, len(above)+2,
		maxGroupDepth), err
}

func typeInUse(ctx context.Context, c call) (string, error) {
	name := c.text("thingTypeName")
	if name == "" {
		return "", nil
	}
	out, err := c.get(ctx, "iot", "DescribeThingType", map[string]any{"thingTypeName": name})
	return unless(out.in("thingTypeMetadata")["deprecated"] != true, "Can not create new thing with deprecated thing type: %s", name), err
}

func typeDeprecated(ctx context.Context, c call) (string, error) {
	name := c.text("thingTypeName")
	out, err := c.get(ctx, "iot", "DescribeThingType", map[string]any{"thingTypeName": name})
	about := out.in("thingTypeMetadata")
	if err != nil || !out.has("thingTypeName") {
		return "", err
	}
	if about["deprecated"] != true {
		return fmt.Sprintf("Cannot delete thing type: %s. The thing type must be deprecated first", name), nil
	}
	since, ok := moment(about["deprecationDate"])
	return unless(!ok || time.Since(since) >= deprecationPeriod, "Cannot delete thing type: %s. Please wait for 5 minutes after deprecation and then retry", name), nil
}

// moment parses a timestamp: seconds since 1970, or RFC 3339.
func moment(value any) (time.Time, bool) {
	switch v := value.(type) {
	case json.Number:
		seconds, err := v.Float64()
		return time.UnixMilli(int64(seconds * 1000)), err == nil
	case string:
		t, err := time.Parse(time.RFC3339, v)
		return t, err == nil
	}
	return time.Time{}, false
}
