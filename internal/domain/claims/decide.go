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
	Groups     []string // of the user pool; they count for people whom the pool itself keeps
	Federated  bool     // the profile was made by an identity provider's sign-in
	Providers  []string // names of the identity providers that the profile is linked with
	Attributes map[string]string
}

// Withheld is a role that somebody proposed and that the token does not carry.
type Withheld struct {
	Role   Role
	Reason string
}

// Decision is the content of the token about the person's rights.
type Decision struct {
	Roles        []Role // in the order of All, each once
	Manufacturer string // manufacturerId; only with the role Manufacturer
	Dealer       string // dealerId; only with the role Dealer
	Withheld     []Withheld
}

// factors tells about second factors.
type factors interface {
	// HasMFA reports whether the person has a second factor that every sign-in asks for.
	HasMFA(ctx context.Context, username string) (bool, error)
}

// Rules configure the roles of an environment.
type Rules struct {
	Mappings     map[string]names.RoleMapping // by identity provider
	FederatedMFA []string                     // identity providers that ask for a second factor themselves
	Factors      factors
}

// Decide gives the person's roles. It always gives a decision that is safe to use: if the second factor cannot be looked up, the
// privileged roles are withheld and the error says why.
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

// proposed are the roles that the person's groups name. Groups that are no role are ignored: Amazon Cognito makes one for each
// identity provider.
func (r Rules) proposed(p Person) []Role {
	names := p.Groups
	if p.Federated {
		names = r.mapped(p)
	}
	return slices.DeleteFunc(All(), func(role Role) bool { return !slices.Contains(names, string(role)) })
}

// mapped are the roles that the provider's groups stand for. Where a profile has several providers, nobody can tell which of
// them signed the person in, and whose groups the attribute holds: no role.
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

// proven reports whether the person signs in with a second factor, and if not, why that counts as no. Whoever may sign in by
// several ways needs it on each, for nobody can tell which was taken.
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

// company is the id of the company that the role acts for, and the attribute that has it; none for a role that acts for nobody.
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
