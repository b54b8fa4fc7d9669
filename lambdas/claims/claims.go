package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/aws/aws-lambda-go/events"

	"connectedcar/internal/domain/claims"
	"connectedcar/internal/names"
)

// Attributes of Amazon Cognito about the origin of a profile.
const (
	status     = "cognito:user_status"
	external   = "EXTERNAL_PROVIDER" // the profile was created by a sign-in with an identity provider
	identities = "identities"        // identity providers that the profile is linked with, a JSON list
)

// federated reports whether an identity provider signed the person in. A profile without a status counts as federated if it is
// linked with a provider: then its groups in the user pool give no roles.
func federated(attributes map[string]string) bool {
	if s, ok := attributes[status]; ok {
		return s == external
	}
	return attributes[identities] != ""
}

// providersOf returns the names of the providers that the profile is linked with, each once.
func providersOf(attributes map[string]string) ([]string, error) {
	text := attributes[identities]
	if text == "" {
		return nil, nil
	}
	var linked []struct {
		ProviderName string `json:"providerName"`
	}
	if err := json.Unmarshal([]byte(text), &linked); err != nil {
		return nil, fmt.Errorf("attribute %s: %w", identities, err)
	}
	var names []string
	for _, l := range linked {
		if !slices.Contains(names, l.ProviderName) {
			names = append(names, l.ProviderName)
		}
	}
	return names, nil
}

// companies returns the claims with the ids of the companies that the person acts for.
func companies(d claims.Decision) map[string]string {
	claims := map[string]string{}
	if d.Manufacturer != "" {
		claims[names.ClaimManufacturer] = d.Manufacturer
	}
	if d.Dealer != "" {
		claims[names.ClaimDealer] = d.Dealer
	}
	return claims
}

// absent returns the claims that the token must not have, whatever their source: those of companies for which the person does not act,
// and the attributes from which the claims are made.
func absent(d claims.Decision) []string {
	out := []string{names.UserManufacturer, names.UserDealer}
	given := companies(d)
	for _, name := range []string{names.ClaimManufacturer, names.ClaimDealer} {
		if _, ok := given[name]; !ok {
			out = append(out, name)
		}
	}
	return out
}

func roleNames(d claims.Decision) []string {
	out := []string{}
	for _, r := range d.Roles {
		out = append(out, string(r))
	}
	return out
}

// groups returns the token's groups, which are the roles. The IAM roles of the user pool's groups are kept only if the token has all of
// those groups: the event does not link IAM roles to groups.
// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
func groups(d claims.Decision, asked events.GroupConfigurationV2_0) events.GroupConfigurationV2_0 {
	out := events.GroupConfigurationV2_0{GroupsToOverride: roleNames(d), IAMRolesToOverride: []string{}}
	left := func(group string) bool { return !slices.Contains(out.GroupsToOverride, group) }
	if len(d.Roles) == 0 || slices.ContainsFunc(asked.GroupsToOverride, left) {
		return out
	}
	out.IAMRolesToOverride, out.PreferredRole = list(asked.IAMRolesToOverride), asked.PreferredRole
	return out
}

// list replaces nil by an empty list, so that it is never null in JSON.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
