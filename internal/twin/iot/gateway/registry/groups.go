package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot"
)

const groupResource = ":thinggroup/"

// members reads the members of the thing groups that have policies, and of the groups below them, which inherit the policies.
// https://docs.aws.amazon.com/iot/latest/developerguide/thing-groups.html#group-attach-policy
func (a *AWS) members(ctx context.Context, s *Snapshot) error {
	targets := map[string]string{} // by group
	for target := range s.Attached {
		if _, group, ok := strings.Cut(target, groupResource); ok {
			targets[group] = target
		}
	}
	if len(targets) == 0 {
		return nil
	}
	parents, err := a.parents(ctx)
	if err != nil {
		return err
	}
	for group := range parents {
		inherited := inherits(group, parents, targets)
		if len(inherited) == 0 {
			continue
		}
		if err := a.eachThing(ctx, group, func(thing string) { s.Groups[thing] = append(s.Groups[thing], inherited...) }); err != nil {
			return err
		}
	}
	for _, targets := range s.Groups {
		slices.Sort(targets)
	}
	return nil
}

// inherits returns the policy targets among a group and the groups above it.
func inherits(group string, parents, targets map[string]string) []string {
	var out []string
	for ; group != ""; group = parents[group] {
		if target, ok := targets[group]; ok {
			out = append(out, target)
		}
	}
	return out
}

// parents maps all thing groups to their parents by name, empty for a root. A group never changes its parent, so each is described only
// once. The API can list groups recursively, but emulators ignore that parameter.
func (a *AWS) parents(ctx context.Context) (map[string]string, error) {
	found := map[string]string{}
	pages := iot.NewListThingGroupsPaginator(a.client, &iot.ListThingGroupsInput{MaxResults: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list thing groups: %w", err)
		}
		for _, g := range page.ThingGroups {
			name := aws.ToString(g.GroupName)
			parent, known := a.cache.parents[name]
			if !known {
				if parent, err = a.parent(ctx, name); errors.Is(err, ErrNotFound) {
					continue // deleted in the meantime
				}
				if err != nil {
					return nil, err
				}
			}
			found[name] = parent
		}
	}
	a.cache.parents = found
	return found, nil
}

func (a *AWS) parent(ctx context.Context, group string) (string, error) {
	out, err := a.client.DescribeThingGroup(ctx, &iot.DescribeThingGroupInput{ThingGroupName: &group})
	if err != nil {
		return "", fmt.Errorf("describe thing group %s: %w", group, notFound(err))
	}
	if out.ThingGroupMetadata == nil {
		return "", nil
	}
	return aws.ToString(out.ThingGroupMetadata.ParentGroupName), nil
}

// eachThing calls f for each direct member of a group.
func (a *AWS) eachThing(ctx context.Context, group string, f func(thing string)) error {
	pages := iot.NewListThingsInThingGroupPaginator(a.client, &iot.ListThingsInThingGroupInput{ThingGroupName: &group, MaxResults: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if errors.Is(notFound(err), ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("list things in thing group %s: %w", group, err)
		}
		for _, thing := range page.Things {
			f(thing)
		}
	}
	return nil
}
