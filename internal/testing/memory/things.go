package memory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"connectedcar/internal/domain/registration"
	"connectedcar/internal/errs"
)

// Things is the part of AWS IoT's registry that stores things. It returns the same errors as AWS IoT.
type Things struct {
	mu       sync.Mutex
	parents  map[string]string // parents of thing groups; empty for a root group
	things   map[string]registration.Thing
	groups   map[string][]string // by thing, sorted
	policies []string            // certificate ARNs, sorted
	owners   map[string]string   // things, by the ARN of the certificate that is attached exclusively
}

// maxGroups is the largest number of thing groups that a thing can be in.
// https://docs.aws.amazon.com/general/latest/gr/iot_device_management.html
const maxGroups = 10

// ErrGroupHierarchy is AWS IoT's error for adding a thing to a second group of a hierarchy.
// https://docs.aws.amazon.com/iot/latest/developerguide/thing-groups.html
var ErrGroupHierarchy = errs.As(errs.Invalid, errors.New("a thing can be in one group of a hierarchy only"))

// ErrExclusive is AWS IoT's error for attaching a certificate that is exclusively attached to another thing.
// https://docs.aws.amazon.com/iot/latest/developerguide/exclusive-thing.html
var ErrExclusive = errs.As(errs.Invalid, errors.New("the certificate is attached to another thing exclusively"))

// AddGroup creates a thing group below parent; an empty parent makes it a root group.
func (t *Things) AddGroup(name, parent string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.parents == nil {
		t.parents = map[string]string{}
	}
	t.parents[name] = parent
}

// EnsureThing creates the thing, or replaces the existing one.
func (t *Things) EnsureThing(_ context.Context, thing registration.Thing) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.things == nil {
		t.things = map[string]registration.Thing{}
	}
	t.things[thing.Name] = thing
	return nil
}

// Join puts a thing into a group.
func (t *Things) Join(_ context.Context, thing, group string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, there := t.things[thing]; !there {
		return errs.As(errs.NotFound, fmt.Errorf("there is no thing %s", thing))
	}
	if _, there := t.parents[group]; !there {
		return errs.As(errs.NotFound, fmt.Errorf("there is no thing group %s", group))
	}
	joined := t.groups[thing]
	switch other := slices.IndexFunc(joined, func(g string) bool { return g != group && t.root(g) == t.root(group) }); {
	case slices.Contains(joined, group):
		return nil
	case other >= 0:
		return fmt.Errorf("%w: %s is in %s", ErrGroupHierarchy, thing, joined[other])
	case len(joined) == maxGroups:
		return errs.As(errs.Invalid, fmt.Errorf("%s is in %d thing groups; allowed are %d", thing, len(joined), maxGroups))
	}
	if t.groups == nil {
		t.groups = map[string][]string{}
	}
	t.groups[thing] = add(joined, group)
	return nil
}

// root returns the topmost group of a group's hierarchy.
func (t *Things) root(group string) string {
	for t.parents[group] != "" {
		group = t.parents[group]
	}
	return group
}

// AttachPolicies attaches the policies of all cars to the certificate.
func (t *Things) AttachPolicies(_ context.Context, certificateARN string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.policies = add(t.policies, certificateARN)
	return nil
}

// AttachCertificate attaches the certificate to the thing exclusively.
func (t *Things) AttachCertificate(_ context.Context, thing, certificateARN string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, there := t.things[thing]; !there {
		return errs.As(errs.NotFound, fmt.Errorf("there is no thing %s", thing))
	}
	if owner, taken := t.owners[certificateARN]; taken && owner != thing {
		return fmt.Errorf("%w: %s", ErrExclusive, owner)
	}
	if t.owners == nil {
		t.owners = map[string]string{}
	}
	t.owners[certificateARN] = thing
	return nil
}

// Registry is a copy of the state of Things.
type Registry struct {
	Things   map[string]registration.Thing
	Groups   map[string][]string // by thing, sorted
	Policies []string            // certificate ARNs, sorted
	Attached map[string][]string // certificate ARNs by thing, sorted
}

// All returns a copy of the whole state.
func (t *Things) All() Registry {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := Registry{
		Things: maps.Clone(t.things), Groups: maps.Clone(t.groups), Policies: slices.Clone(t.policies), Attached: map[string][]string{},
	}
	for arn, thing := range t.owners {
		r.Attached[thing] = add(r.Attached[thing], arn)
	}
	return r
}

// add returns the sorted set with s added.
func add(set []string, s string) []string {
	if slices.Contains(set, s) {
		return set
	}
	set = append(slices.Clone(set), s)
	slices.Sort(set)
	return set
}
