package claims

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"connectedcar/internal/names"
)

// Person has the user pool's attributes of somebody who signs in.
type Person struct {
	Username   string
	Groups     []string // of the user pool; used unless Federated
	Federated  bool     // the profile was created by a sign-in with an identity provider
	Providers  []string // names of the identity providers that the profile is linked with
	Attributes map[string]string
}

// Withheld is a role that a group proposed and that the token does not carry.
type Withheld struct {
	Role   Role
	Reason string
}

// Decision is the part of the token about the person's rights.
type Decision struct {
	Roles        []Role // in the order of All, each once
	Manufacturer string // manufacturerId; only with the role Manufacturer
	Dealer       string // dealerId; only with the role Dealer
	Withheld     []Withheld
}

// factors looks up second factors.
type factors interface {
	// HasMFA reports whether the person has a second factor that is required at every sign-in.
	HasMFA(ctx context.Context, username string) (bool, error)
}

// Rules configure the roles of an environment.
type Rules struct {
	Mappings     map[string]names.RoleMapping // by identity provider
	FederatedMFA []string                     // identity providers that require a second factor themselves
	Factors      factors
}

// Decide returns the person's roles. The decision is safe to use even with an error: if the second factor cannot be looked up, the
// privileged roles are withheld and the error is returned.
func (r Rules) Decide(ctx context.Context, p Person) (Decision, error) {
	proposed := r.proposed(p)
	proven, reason, err := true, "", error(nil)
	if slices.ContainsFunc(proposed, Role.Privileged) {
		proven, reason, err = r.proven(ctx, p)
	}
	var d Decision
	for _, role := range proposed {
		company, attribute := r.company(role, p)
		switch {
		case role.Privileged() && !proven:
			d.Withheld = append(d.Withheld, Withheld{role, reason})
			continue
		case attribute != "" && company == "":
			d.Withheld = append(d.Withheld, Withheld{role, "the attribute " + attribute + " is empty"})
			continue
		}
		d.Roles = append(d.Roles, role)
		switch role {
		case Manufacturer:
			d.Manufacturer = company
		case Dealer:
			d.Dealer = company
		}
	}
	return d, err
}

// proposed returns the roles that the person's groups name. Other groups are ignored: Amazon Cognito makes one for each
// identity provider.
func (r Rules) proposed(p Person) []Role {
	names := p.Groups
	if p.Federated {
		names = r.mapped(p)
	}
	return slices.DeleteFunc(All(), func(role Role) bool { return !slices.Contains(names, string(role)) })
}

// mapped returns the roles that the provider's groups stand for: none for a profile with several providers, as it is unknown which
// of them signed the person in and whose groups the attribute holds.
func (r Rules) mapped(p Person) []string {
	if len(p.Providers) != 1 {
		return nil
	}
	mapping, ok := r.Mappings[p.Providers[0]]
	if !ok {
		return nil
	}
	var names []string
	for _, group := range ProviderGroups(p.Attributes[mapping.Claim]) {
		if name, ok := mapping.Groups[group]; ok {
			names = append(names, name)
		}
	}
	return names
}

// proven reports whether the person signs in with a second factor, and if not, the reason. A person with several ways to sign in
// needs it on each, as it is unknown which one was used.
func (r Rules) proven(ctx context.Context, p Person) (bool, string, error) {
	for _, provider := range p.Providers {
		if !slices.Contains(r.FederatedMFA, provider) {
			return false, "the identity provider " + provider + " is not known to ask for a second factor", nil
		}
	}
	if p.Federated {
		return true, "", nil
	}
	has, err := r.Factors.HasMFA(ctx, p.Username)
	if err != nil {
		return false, "the second factor could not be looked up", fmt.Errorf("look up the second factor: %w", err)
	}
	return has, "no second factor", nil
}

// company returns the id of the company that the role acts for, and the attribute that holds it; both are empty for a role without one.
func (r Rules) company(role Role, p Person) (id, attribute string) {
	var mapping names.RoleMapping
	if p.Federated {
		mapping = r.Mappings[p.Providers[0]]
	}
	switch role {
	case Manufacturer:
		return cmp.Or(mapping.Manufacturer, p.Attributes[names.UserManufacturer]), names.UserManufacturer
	case Dealer:
		return cmp.Or(mapping.Dealer, p.Attributes[names.UserDealer]), names.UserDealer
	}
	return "", ""
}
