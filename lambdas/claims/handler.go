package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"connectedcar/internal/domain/claims"
	"connectedcar/internal/names"
)

// pool has the calls to a user pool that this function needs.
type pool interface {
	HasMFA(ctx context.Context, username string) (bool, error)
	AddToGroup(ctx context.Context, username, group string) error
}

type handler struct {
	pool         func(id string) pool
	mappings     map[string]names.RoleMapping
	federatedMFA []string
	log          *slog.Logger
}

// answerWithin is Amazon Cognito's timeout for the function (5 s) less a margin for the response.
// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
const answerWithin = 4 * time.Second

// Trigger sources, from the developer guide's chapter on Lambda triggers.
const (
	generation        = "TokenGeneration_"
	clientCredentials = "TokenGeneration_ClientCredentials"
	confirmedSignUp   = "PostConfirmation_ConfirmSignUp"
	confirmedPassword = "PostConfirmation_ConfirmForgotPassword"
)

// adminScope permits its bearer to read and write their own profile.
// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html
const adminScope = "aws.cognito.signin.user.admin"

// errMachine is returned for client credentials: every right of the API belongs to a person.
var errMachine = errors.New("client credentials get no tokens: roles belong to people")

// handle processes an event of the user pool, and returns the event with its response filled in. An error denies the tokens.
func (h *handler) handle(ctx context.Context, in json.RawMessage) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	var header events.CognitoEventUserPoolsHeader
	if err := json.Unmarshal(in, &header); err != nil {
		return nil, h.refuse(header, fmt.Errorf("read the event: %w", err))
	}
	var answer any
	var err error
	switch {
	case header.TriggerSource == clientCredentials:
		err = errMachine
	case strings.HasPrefix(header.TriggerSource, generation) && header.Version == "1":
		answer, err = h.first(ctx, in)
	case strings.HasPrefix(header.TriggerSource, generation) && (header.Version == "2" || header.Version == "3"):
		answer, err = h.second(ctx, in)
	case header.TriggerSource == confirmedSignUp:
		answer, err = in, h.confirmed(ctx, in)
	case header.TriggerSource == confirmedPassword:
		answer = in
	default:
		err = fmt.Errorf("trigger %q, version %q: allowed are %s* with version 1 to 3, and %s", header.TriggerSource, header.Version, generation, confirmedSignUp)
	}
	if err != nil {
		return nil, h.refuse(header, err)
	}
	return answer, nil
}

func (h *handler) refuse(header events.CognitoEventUserPoolsHeader, err error) error {
	h.log.Error("refused", "trigger", header.TriggerSource, "client_id", header.CallerContext.ClientID, "error", err)
	return err
}

// first processes version 1 of the event, which changes the ID token (and the groups of both tokens).
func (h *handler) first(ctx context.Context, in json.RawMessage) (any, error) {
	var e events.CognitoEventUserPoolsPreTokenGen
	if err := json.Unmarshal(in, &e); err != nil {
		return nil, fmt.Errorf("read the event: %w", err)
	}
	d := h.decide(ctx, e.CognitoEventUserPoolsHeader, e.Request.UserAttributes, e.Request.GroupConfiguration.GroupsToOverride)
	e.Response.ClaimsOverrideDetails = events.ClaimsOverrideDetails{
		ClaimsToAddOrOverride: companies(d), ClaimsToSuppress: absent(d),
		GroupOverrideDetails: events.GroupConfiguration(groups(d, events.GroupConfigurationV2_0(e.Request.GroupConfiguration))),
	}
	return e, nil
}

// second processes version 2 of the event, which changes both tokens, and version 3, which adds the tokens of programs.
func (h *handler) second(ctx context.Context, in json.RawMessage) (any, error) {
	var e events.CognitoEventUserPoolsPreTokenGenV2_0
	if err := json.Unmarshal(in, &e); err != nil {
		return nil, fmt.Errorf("read the event: %w", err)
	}
	attributes := e.Request.UserAttributes
	d := h.decide(ctx, e.CognitoEventUserPoolsHeader, attributes, e.Request.GroupConfiguration.GroupsToOverride)
	// Amazon Cognito takes the groups from the override below and ignores the claim; an emulator takes the claim.
	granted := map[string]any{names.ClaimGroups: roleNames(d)}
	for name, value := range companies(d) {
		granted[name] = value
	}
	suppress := claims.Unpermitted(e.Request.Scopes, d.Roles)
	if federated(attributes) {
		// An app client must be able to write the attributes that a provider's attributes are mapped to, including the groups. With this scope
		// the person could write them too.
		suppress = append(suppress, adminScope)
	}
	e.Response.ClaimsAndScopeOverrideDetails = events.ClaimsAndScopeOverrideDetailsV2_0{
		IDTokenGeneration: events.IDTokenGenerationV2_0{ClaimsToAddOrOverride: granted, ClaimsToSuppress: absent(d)},
		AccessTokenGeneration: events.AccessTokenGenerationV2_0{
			ClaimsToAddOrOverride: granted, ClaimsToSuppress: absent(d),
			ScopesToAdd: list(claims.Scopes(e.Request.Scopes, d.Roles)), ScopesToSuppress: list(suppress),
		},
		GroupOverrideDetails: groups(d, e.Request.GroupConfiguration),
	}
	return e, nil
}

// decide returns the person's roles, and logs every role that was proposed and withheld.
func (h *handler) decide(ctx context.Context, header events.CognitoEventUserPoolsHeader, attributes map[string]string, groups []string) claims.Decision {
	log := h.log.With("trigger", header.TriggerSource, "client_id", header.CallerContext.ClientID, "user_id", attributes["sub"])
	providers, err := providersOf(attributes)
	if err != nil {
		log.Error("no roles: the identities of a profile are unreadable", "error", err)
		return claims.Decision{}
	}
	rules := claims.Rules{Mappings: h.mappings, FederatedMFA: h.federatedMFA, Factors: h.pool(header.UserPoolID)}
	d, err := rules.Decide(ctx, claims.Person{
		Username: header.UserName, Groups: groups, Federated: federated(attributes), Providers: providers, Attributes: attributes,
	})
	if err != nil {
		log.Error("privileged roles withheld", "error", err)
	}
	for _, w := range d.Withheld {
		log.Warn("role withheld", "role", string(w.Role), "reason", w.Reason)
	}
	return d
}

// confirmed adds a person who has signed up to the group of drivers, and to no other. A person's first sign-in by an identity provider
// triggers this event too; their roles come from the provider.
func (h *handler) confirmed(ctx context.Context, in json.RawMessage) error {
	var e events.CognitoEventUserPoolsPostConfirmation
	if err := json.Unmarshal(in, &e); err != nil {
		return fmt.Errorf("read the event: %w", err)
	}
	if federated(e.Request.UserAttributes) {
		return nil
	}
	if err := h.pool(e.UserPoolID).AddToGroup(ctx, e.UserName, string(claims.Driver)); err != nil {
		return fmt.Errorf("make a driver of who signed up: %w", err)
	}
	return nil
}
