package role

import (
	"context"
	"fmt"
	"slices"

	"connectedcar/internal/contract"
)

// Person is what the user pool knows of somebody who signs in.
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

// Decision is what the token says of the person's rights.
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

// Rules are how an environment gives roles.
type Rules struct {
	Mappings     map[string]contract.RoleMapping // by identity provider
	FederatedMFA []string                        // identity providers that ask for a second factor themselves
	Factors      factors
}

// Decide gives the person's roles. It always gives a decision that is safe to use: if the second factor cannot be looked up, the
// privileged roles are withheld and the error says why.
func (r Rules) Decide(ctx context.Context, p Person) (Decision, error) {
	proposed := r.proposed(p)
	var d Decision
	proven, reason, err := true, "", error(nil)
	if slices.ContainsFunc(proposed, Role.Privileged) {
		proven, reason, err = r.proven(ctx, p)
	}
	for _, role := range proposed {
		why := missing(role, p)
		if why == "" && role.Privileged() && !proven {
			why = reason
		}
		if why != "" {
			d.Withheld = append(d.Withheld, Withheld{role, why})
			continue
		}
		d.Roles = append(d.Roles, role)
		switch role {
		case Manufacturer:
			d.Manufacturer = p.Attributes[contract.AttributeManufacturer]
		case Dealer:
			d.Dealer = p.Attributes[contract.AttributeDealer]
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

// proven reports whether the person signs in with a second factor, and if not, why that counts as no.
func (r Rules) proven(ctx context.Context, p Person) (bool, string, error) {
	if p.Federated {
		if slices.Contains(r.FederatedMFA, p.Providers[0]) {
			return true, "", nil
		}
		return false, "the identity provider is not known to ask for a second factor", nil
	}
	has, err := r.Factors.HasMFA(ctx, p.Username)
	if err != nil {
		return false, "the second factor could not be looked up", fmt.Errorf("look up the second factor: %w", err)
	}
	return has, "no second factor", nil
}

// missing says which company id the role lacks, or nothing.
func missing(role Role, p Person) string {
	needed := map[Role]string{Manufacturer: contract.AttributeManufacturer, Dealer: contract.AttributeDealer}
	if attribute, ok := needed[role]; ok && p.Attributes[attribute] == "" {
		return "the attribute " + attribute + " is empty"
	}
	return ""
}
