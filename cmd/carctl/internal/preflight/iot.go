package preflight

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

func endpoint(ctx context.Context, w *world) (Line, error) {
	address, err := w.Endpoint(ctx)
	if err != nil {
		return Line{}, err
	}
	return ok("%s", address), nil
}

func defender(ctx context.Context, w *world) (Line, error) {
	on, err := w.Audited(ctx)
	if err != nil {
		return Line{}, err
	}
	if !on {
		return warn("turn it on to be told of shared certificates and wide policies: aws iot update-account-audit-configuration", "off"), nil
	}
	return ok("on"), nil
}

// named are the types of AWS IoT resources whose names must be unique in an account and region, with the property that has the name.
var named = map[string]string{
	"AWS::IoT::TopicRule": "RuleName", "AWS::IoT::ThingGroup": "ThingGroupName", "AWS::IoT::ThingType": "ThingTypeName", "AWS::IoT::Policy": "PolicyName",
}

// clashes finds names of this environment's resources that are taken although the resources' stack is not deployed.
func clashes(ctx context.Context, w *world) (Line, error) {
	rules, err := w.Rules(ctx)
	if err != nil {
		return Line{}, err
	}
	var taken []string
	looked := 0
	for kind, property := range named {
		for id, r := range w.needs.of(kind) {
			name := r.text(property)
			ours, err := w.deployed(ctx, id)
			if err != nil {
				return Line{}, err
			}
			if name == "" || ours {
				continue
			}
			looked++
			there := slices.Contains(rules, name)
			if kind != "AWS::IoT::TopicRule" {
				if there, err = w.Exists(ctx, kind, name); err != nil {
					return Line{}, fmt.Errorf("%s: %w", name, err)
				}
			}
			if there {
				taken = append(taken, strings.TrimPrefix(kind, "AWS::IoT::")+" "+name)
			}
		}
	}
	if len(taken) > 0 {
		slices.Sort(taken)
		return fail("choose another `application`, or remove them if nothing uses them", "%s exist already", strings.Join(taken, ", ")), nil
	}
	return ok("%d new ones are free", looked), nil
}
