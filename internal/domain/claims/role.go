// Package claims decides which roles a person's token carries. A person's groups only propose a role: a privileged role
// needs multi-factor authentication, and a role that acts for a company needs the company's id.
package claims

import (
	"fmt"
	"slices"
	"strings"

	"connectedcar/internal/names"
)

// Role is a group of the user pool, as in a token's groups claim.
type Role string

// The roles.
const (
	Manufacturer Role = names.RoleManufacturer
	Dealer       Role = names.RoleDealer
	Driver       Role = names.RoleDriver
	Operator     Role = names.RoleOperator // runs the platform
)

// All returns all roles, in the order in which tokens list them.
func All() []Role { return []Role{Manufacturer, Dealer, Driver, Operator} }

// Parse returns the role with a name. Other names are an error.
func Parse(s string) (Role, error) {
	if r := Role(s); slices.Contains(All(), r) {
		return r, nil
	}
	names := make([]string, 0, len(All()))
	for _, r := range All() {
		names = append(names, string(r))
	}
	return "", fmt.Errorf("role %q: allowed are %s", s, strings.Join(names, ", "))
}

// Privileged reports whether the role has access to other people's cars, and so needs multi-factor authentication.
func (r Role) Privileged() bool { return r != Driver }

// scopes are each role's scopes, which are rights over the API as a whole; rights over single cars are defined by the API's policies.
var scopes = map[Role][]string{
	Manufacturer: {names.ScopeRead, names.ScopeWrite},
	Dealer:       {names.ScopeRead, names.ScopeWrite},
	Driver:       {names.ScopeRead, names.ScopeWrite},
	Operator:     {names.ScopeRead, names.ScopeWrite},
}

// Scopes returns the API's scopes of a token with these roles, in a fixed order: those that the app requested and the roles permit. An
// app that requested none, as in every sign-in without the hosted sign-in pages, gets all that the roles permit.
func Scopes(asked []string, roles []Role) []string {
	named := slices.ContainsFunc(asked, ours)
	var out []string
	for _, s := range []string{names.ScopeRead, names.ScopeWrite} {
		permitted := slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(scopes[r], s) })
		if permitted && (!named || slices.Contains(asked, s)) {
			out = append(out, s)
		}
	}
	return out
}

// Unpermitted returns the requested scopes of the API that the token does not get.
func Unpermitted(asked []string, roles []Role) []string {
	granted := Scopes(asked, roles)
	return slices.DeleteFunc(slices.Clone(asked), func(s string) bool { return !ours(s) || slices.Contains(granted, s) })
}

func ours(scope string) bool { return strings.HasPrefix(scope, names.ResourceServer+"/") }
