package iam

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"connectedcar/cmd/localcloud/internal/iam/template"
)

// Right is one action of one statement of a role: the smallest part that can be removed from a policy.
type Right struct {
	Caller    string // a function's name, or the logical id of a rule's role
	Role      *template.Role
	Statement int
	Action    string
}

func (r Right) String() string { return fmt.Sprintf("%s: %s on %s", r.Caller, r.Action, r.resources()) }

func (r Right) resources() string {
	s := r.Role.Statements[r.Statement]
	if len(s.Resource) == 0 {
		return "all but " + strings.Join(s.NotResource, ", ")
	}
	return strings.Join(s.Resource, ", ")
}

// Rights lists the actions that the roles of functions and rules allow.
func (j *Judge) Rights() (list []Right) {
	callers := map[*template.Role]string{}
	for caller, role := range j.roles {
		if !strings.HasPrefix(caller, "arn:") {
			callers[role] = caller
		}
	}
	for _, role := range j.ruleRoles {
		callers[role] = role.Resource.ID
	}
	for role, caller := range callers {
		for i, s := range role.Statements {
			for _, action := range s.Action {
				if s.Effect == "Allow" {
					list = append(list, Right{caller, role, i, action})
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b Right) int {
		return cmp.Or(cmp.Compare(a.Caller, b.Caller), cmp.Compare(a.Statement, b.Statement), cmp.Compare(a.Action, b.Action))
	})
	return list
}

// used reports whether one of the decisions needed the right.
func (r Right) used(decisions []Decision) bool {
	return slices.ContainsFunc(decisions, func(d Decision) bool {
		return d.Role == r.Role && strings.EqualFold(d.Request.Action, r.Action) && slices.Contains(d.By, r.Statement)
	})
}

// Summary is the result of a run.
type Summary struct {
	Calls  int
	All    []Decision
	Denied []Decision
	Unused []Right
	Rare   []Right // unused, and listed as rare
}

// Asked lists the recorded requests, the requests that follow from them, and the requests of AWS with the same roles.
func (j *Judge) Asked(r Recording) ([]Request, error) {
	own, err := inRole(j.Assembly)
	if err != nil {
		return nil, err
	}
	return j.withKeys(append(own, r.Requests...))
}

// Sum decides every request of a recording.
func (j *Judge) Sum(ctx context.Context, r Recording) (Summary, error) {
	requests, err := j.Asked(r)
	if err != nil {
		return Summary{}, err
	}
	decisions, err := j.Decide(ctx, requests)
	if err != nil {
		return Summary{}, err
	}
	s := Summary{Calls: r.Calls, All: decisions}
	for _, d := range decisions {
		if !d.Allowed {
			s.Denied = append(s.Denied, d)
		}
	}
	for _, right := range j.Rights() {
		switch {
		case right.used(decisions):
		case rarely(right) != "":
			s.Rare = append(s.Rare, right)
		default:
			s.Unused = append(s.Unused, right)
		}
	}
	return s, nil
}

// Print writes the summary. The error names every denied request and every right without a known use; it is nil if there are none.
func (s Summary) Print(w io.Writer) error {
	fmt.Fprintf(w, "IAM: %d calls decided as %d requests, %d denied\n", s.Calls, len(s.All), len(s.Denied))
	for _, d := range s.Denied {
		fmt.Fprintf(w, "      denied: %s\n", d.Describe())
	}
	fmt.Fprintf(w, "      %d rights that this run does not reach, each with its test\n", len(s.Rare))
	for _, r := range s.Rare {
		fmt.Fprintf(w, "      not used: %s (%s)\n", r, rarely(r))
	}
	for _, r := range s.Unused {
		fmt.Fprintf(w, "      without use: %s\n", r)
	}
	if len(s.Denied)+len(s.Unused) > 0 {
		return fmt.Errorf("IAM: %d requests denied, %d rights without use", len(s.Denied), len(s.Unused))
	}
	return nil
}
