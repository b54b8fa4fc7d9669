package iam

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"connectedcar/cmd/localcloud/internal/iam/template"
)

// Decision is the judge's answer to a request.
type Decision struct {
	Request Request
	Role    *template.Role
	Allowed bool
	// Result is the simulator's result: Allowed, ImplicitlyDenied or ExplicitlyDenied.
	Result string
	// By are the indexes of the role's statements that allow the request.
	By []int
	// Near is the index of a statement that names the action but does not match otherwise; -1 if there is none.
	Near int
}

// Describe explains a denied request: its caller and the statement that came nearest to a match.
func (d Decision) Describe() string {
	nearest := "no statement has the action"
	if d.Near >= 0 {
		s := d.Role.Statements[d.Near]
		b, _ := json.Marshal(s) // cannot fail: the statement was decoded from JSON
		nearest = "nearest statement " + string(b)
	}
	because := ""
	if d.Request.Because != "" {
		because = " (" + d.Request.Because + ")"
	}
	return fmt.Sprintf("%s may not %s on %s%s: %s, role %s of stack %s, %s", d.Request.Caller, d.Request.Action, d.Request.Resource, because,
		d.Result, d.Role.Resource.ID, d.Role.Resource.Stack, nearest)
}

// Judge decides requests with a policy simulator, which runs in Node.js.
type Judge struct {
	// Repo is the folder whose node_modules contains the simulator.
	Repo     string
	Assembly *template.Assembly

	roles      map[string]*template.Role // by caller
	ruleRoles  []*template.Role
	resources  map[string]template.Document
	boundaries map[string]template.Document
}

// NewJudge reads the templates' roles and resource policies. repo is the folder with node_modules.
func NewJudge(repo string, a *template.Assembly) (*Judge, error) {
	j := &Judge{Repo: repo, Assembly: a, roles: map[string]*template.Role{}}
	roles, err := a.Roles()
	if err != nil {
		return nil, err
	}
	for _, r := range roles {
		j.roles[r.ARN] = r
		if r.Service() == "iot.amazonaws.com" {
			j.ruleRoles = append(j.ruleRoles, r)
		}
	}
	functions, err := a.Functions()
	if err != nil {
		return nil, err
	}
	for _, f := range functions {
		j.roles[f.Name] = j.roles[f.Role]
	}
	if j.resources, err = a.ResourcePolicies(); err != nil {
		return nil, err
	}
	j.boundaries, err = a.ManagedPolicies()
	return j, err
}

// Knows reports whether the caller is a function of the templates or the ARN of a role, which an action of a rule uses. Decide fails if the
// templates do not have that role.
func (j *Judge) Knows(caller string) bool {
	return j.roles[caller] != nil || strings.HasPrefix(caller, "arn:")
}

// simulation is one line of the simulator's input.
type simulation struct {
	Request
	Role           string `json:"role"`
	Identity       string `json:"identity"`
	Boundary       string `json:"boundary,omitempty"`
	ResourcePolicy string `json:"resourcePolicy,omitempty"`
}

type input struct {
	Account     string                       `json:"account"`
	Policies    map[string]template.Document `json:"policies"`
	Simulations []simulation                 `json:"simulations"`
}

type answer struct {
	Result  string `json:"result"`
	Allowed []int  `json:"allowed"`
	Near    int    `json:"near"`
	Error   string `json:"error"`
}

// withKeys adds the requests for the encryption key that a publisher to an encrypted topic needs.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
func (j *Judge) withKeys(requests []Request) ([]Request, error) {
	all := slices.Clone(requests)
	for _, r := range requests {
		if r.Action != "sns:Publish" {
			continue
		}
		key, err := j.Assembly.Key(r.Resource)
		if err != nil {
			return nil, err
		}
		for _, action := range []string{"kms:GenerateDataKey", "kms:Decrypt"} {
			if key != "" {
				all = append(all, Request{Caller: r.Caller, Action: action, Resource: key, Because: "the topic is encrypted with the key"})
			}
		}
	}
	return all, nil
}

// Decide evaluates the requests against the roles of the templates.
func (j *Judge) Decide(ctx context.Context, requests []Request) ([]Decision, error) {
	in := input{Account: j.Assembly.Account, Policies: map[string]template.Document{}}
	for _, r := range requests {
		s, err := j.simulation(in.Policies, r)
		if err != nil {
			return nil, err
		}
		in.Simulations = append(in.Simulations, s)
	}
	answers, err := j.run(ctx, in)
	if err != nil {
		return nil, err
	}
	decisions := make([]Decision, len(requests))
	for i, a := range answers {
		if a.Error != "" {
			return nil, fmt.Errorf("decide %s on %s for %s: %s", requests[i].Action, requests[i].Resource, requests[i].Caller, a.Error)
		}
		decisions[i] = Decision{requests[i], j.roles[requests[i].Caller], a.Result == "Allowed", a.Result, a.Allowed, a.Near}
	}
	return decisions, nil
}

func (j *Judge) simulation(policies map[string]template.Document, r Request) (simulation, error) {
	role := j.roles[r.Caller]
	if role == nil {
		return simulation{}, fmt.Errorf("no function and no role of the templates is called %q, which called %s on %s", r.Caller, r.Action, r.Resource)
	}
	policies[role.ARN] = template.Document{Version: "2012-10-17", Statement: role.Statements}
	s := simulation{Request: r, Role: role.ARN, Identity: role.ARN, Boundary: role.Boundary}
	if role.Boundary != "" {
		d, ok := j.boundaries[role.Boundary]
		if !ok {
			return simulation{}, fmt.Errorf("role %s has the boundary %s, whose policy no template has", role.Resource.ID, role.Boundary)
		}
		policies[role.Boundary] = d
	}
	owner := r.Resource
	if bucket, _, object := strings.Cut(strings.TrimPrefix(owner, "arn:aws:s3:::"), "/"); object && strings.HasPrefix(owner, "arn:aws:s3:::") {
		owner = "arn:aws:s3:::" + bucket
	}
	if d, ok := j.resources[owner]; ok {
		policies[owner], s.ResourcePolicy = d, owner
	}
	return s, nil
}

func (j *Judge) run(ctx context.Context, in input) ([]answer, error) {
	if len(in.Simulations) == 0 {
		return nil, nil
	}
	b, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("encode the simulator's input: %w", err)
	}
	cmd := exec.CommandContext(ctx, "node", filepath.Join(j.Repo, "cmd", "localcloud", "internal", "iam", "simulate.mjs"))
	var out, problems bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(b), &out, &problems
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("run the IAM simulator: %w: %s", err, problems.String())
	}
	var answers []answer
	if err := json.Unmarshal(out.Bytes(), &answers); err != nil {
		return nil, fmt.Errorf("read the IAM simulator's answers: %w", err)
	}
	if len(answers) != len(in.Simulations) {
		return nil, fmt.Errorf("the IAM simulator gave %d answers to %d requests", len(answers), len(in.Simulations))
	}
	return answers, nil
}
