package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/aws/aws-lambda-go/events"

	"connectedcar/internal/domain/claims"
	"connectedcar/internal/names"
)

// Attributes that Amazon Cognito keeps of how a profile came to be.
const (
	status     = "cognito:user_status"
	external   = "EXTERNAL_PROVIDER" // a provider's sign-in made the profile
	identities = "identities"        // the providers it is linked with, a JSON list
)

// federated reports whether an identity provider signed the person in. A profile that does not say counts as federated if it is
// linked with a provider: then the pool's groups give nothing.
func federated(attributes map[string]string) bool {
	if s, ok := attributes[status]; ok {
		return s == external
	}
	return attributes[identities] != ""
}

// providersOf are the names of the providers that the profile is linked with, each once.
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

// companies are the claims of the companies that the person acts for.
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

// absent are the claims of companies that no token may have, wherever they might come from: those that the person does not act
// for, and the attributes that the claims are made of.
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

// groups are the roles as the token's groups. The IAM roles of the pool's groups come along only if the token has every one of the
// groups: the event does not say which IAM role is whose.
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

// list is never null in JSON.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
