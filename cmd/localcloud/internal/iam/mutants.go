package iam

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"connectedcar/cmd/localcloud/internal/iam/template"
)

// Mutant is a role without one of its rights.
type Mutant struct {
	Right Right
	// Denied are the requests that are denied without the right. It is empty if no recorded request needs the right.
	Denied []Request
}

// Mutants removes each right in turn and decides the requests for its action again: the removal cannot change other requests.
func (j *Judge) Mutants(ctx context.Context, requests []Request) ([]Mutant, error) {
	in := input{Account: j.Assembly.Account, Policies: map[string]template.Document{}}
	var mutants []Mutant
	var owners []int // the mutant's index for each simulation
	for n, right := range j.Rights() {
		mutants = append(mutants, Mutant{Right: right})
		id := fmt.Sprintf("%s without %s of statement %d", right.Role.ARN, right.Action, right.Statement)
		in.Policies[id] = template.Document{Version: "2012-10-17", Statement: right.without()}
		for _, r := range requests {
			if j.roles[r.Caller] != right.Role || !strings.EqualFold(r.Action, right.Action) {
				continue
			}
			s, err := j.simulation(in.Policies, r)
			if err != nil {
				return nil, err
			}
			s.Identity = id
			in.Simulations, owners = append(in.Simulations, s), append(owners, n)
		}
	}
	answers, err := j.run(ctx, in)
	if err != nil {
		return nil, err
	}
	for i, a := range answers {
		if a.Error != "" {
			return nil, fmt.Errorf("%s: %s", mutants[owners[i]].Right, a.Error)
		}
		if a.Result != "Allowed" {
			mutants[owners[i]].Denied = append(mutants[owners[i]].Denied, in.Simulations[i].Request)
		}
	}
	return mutants, nil
}

// without returns the role's statements with the right removed.
func (r Right) without() []template.Statement {
	statements := slices.Clone(r.Role.Statements)
	s := statements[r.Statement]
	s.Action = slices.DeleteFunc(slices.Clone(s.Action), func(a string) bool { return a == r.Action })
	if len(s.Action) == 0 {
		return slices.Delete(statements, r.Statement, r.Statement+1)
	}
	statements[r.Statement] = s
	return statements
}
