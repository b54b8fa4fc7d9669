package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
)

// fakePool records the users that are added to groups.
type fakePool struct {
	id     string
	mfa    bool
	err    error
	groups map[string]string
}

func (p *fakePool) HasMFA(context.Context, string) (bool, error) { return p.mfa, p.err }

func (p *fakePool) AddToGroup(_ context.Context, username, group string) error {
	p.groups[username] = group
	return p.err
}

// newHandler also returns the pool and the handler's log.
func newHandler() (*handler, *fakePool, *bytes.Buffer) {
	p, log := &fakePool{mfa: true, groups: map[string]string{}}, &bytes.Buffer{}
	return &handler{
		pool: func(id string) pool { p.id = id; return p },
		mappings: map[string]names.RoleMapping{"AcmeAD": {
			Claim: "custom:groups", Groups: map[string]string{"CC Makers": "manufacturer"}, Manufacturer: "acme",
		}},
		federatedMFA: []string{"AcmeAD"},
		log:          slog.New(slog.NewJSONHandler(log, nil)),
	}, p, log
}

// event returns a recorded event, with pairs of texts replaced.
func event(t *testing.T, name string, replace ...string) json.RawMessage {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(t, err)
	return json.RawMessage(strings.NewReplacer(replace...).Replace(string(b)))
}

// response returns the response part of the returned event.
func response(t *testing.T, h *handler, in json.RawMessage) string {
	t.Helper()
	out, err := h.handle(t.Context(), in)
	require.NoError(t, err)
	b, err := json.Marshal(out)
	require.NoError(t, err)
	var whole map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(b, &whole))
	for _, field := range []string{"version", "triggerSource", "userPoolId", "userName", "request"} {
		assert.Contains(t, whole, field, "Amazon Cognito wants its event back")
	}
	return string(whole["response"])
}

func TestFirstVersion(t *testing.T) {
	h, p, _ := newHandler()
	assert.JSONEq(t, `{"claimsOverrideDetails": {
		"claimsToAddOrOverride": {"dealerId": "north"},
		"claimsToSuppress": ["custom:manufacturerId", "custom:dealerId", "manufacturerId"],
		"groupOverrideDetails": {
			"groupsToOverride": ["dealer"], "iamRolesToOverride": ["arn:aws:iam::123456789012:role/dealer"],
			"preferredRole": "arn:aws:iam::123456789012:role/dealer"
		}
	}}`, response(t, h, event(t, "v1")))
	assert.Equal(t, "eu-central-1_AbCdEfGhI", p.id)
}

func TestSecondVersion(t *testing.T) {
	h, _, _ := newHandler()
	assert.JSONEq(t, `{"claimsAndScopeOverrideDetails": {
		"idTokenGeneration": {
			"claimsToAddOrOverride": {"manufacturerId": "acme", "cognito:groups": ["manufacturer", "driver"]},
			"claimsToSuppress": ["custom:manufacturerId", "custom:dealerId", "dealerId"]
		},
		"accessTokenGeneration": {
			"claimsToAddOrOverride": {"manufacturerId": "acme", "cognito:groups": ["manufacturer", "driver"]},
			"claimsToSuppress": ["custom:manufacturerId", "custom:dealerId", "dealerId"],
			"scopesToAdd": ["connectedcar/read", "connectedcar/write"], "scopesToSuppress": []
		},
		"groupOverrideDetails": {
			"groupsToOverride": ["manufacturer", "driver"],
			"iamRolesToOverride": ["arn:aws:iam::123456789012:role/manufacturer", "arn:aws:iam::123456789012:role/driver"],
			"preferredRole": "arn:aws:iam::123456789012:role/manufacturer"
		}
	}}`, response(t, h, event(t, "v2")))
}

func TestFederatedPersonHasTheProvidersRolesAndCannotChangeThem(t *testing.T) {
	h, _, _ := newHandler()
	assert.JSONEq(t, `{"claimsAndScopeOverrideDetails": {
		"idTokenGeneration": {
			"claimsToAddOrOverride": {"manufacturerId": "acme", "cognito:groups": ["manufacturer"]},
			"claimsToSuppress": ["custom:manufacturerId", "custom:dealerId", "dealerId"]
		},
		"accessTokenGeneration": {
			"claimsToAddOrOverride": {"manufacturerId": "acme", "cognito:groups": ["manufacturer"]},
			"claimsToSuppress": ["custom:manufacturerId", "custom:dealerId", "dealerId"],
			"scopesToAdd": ["connectedcar/read"], "scopesToSuppress": ["aws.cognito.signin.user.admin"]
		},
		"groupOverrideDetails": {"groupsToOverride": ["manufacturer"], "iamRolesToOverride": [], "preferredRole": null}
	}}`, response(t, h, event(t, "v2_federated")))
}

// none is the response that grants nothing and removes scopes.
const none = `{"claimsAndScopeOverrideDetails": {
	"idTokenGeneration": {
		"claimsToAddOrOverride": {"cognito:groups": []},
		"claimsToSuppress": ["custom:manufacturerId", "custom:dealerId", "manufacturerId", "dealerId"]
	},
	"accessTokenGeneration": {
		"claimsToAddOrOverride": {"cognito:groups": []},
		"claimsToSuppress": ["custom:manufacturerId", "custom:dealerId", "manufacturerId", "dealerId"],
		"scopesToAdd": [], "scopesToSuppress": SUPPRESSED
	},
	"groupOverrideDetails": {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": null}
}}`

func TestWhoHasNoRoleGetsNothing(t *testing.T) {
	manufacturerOnly := []string{`["manufacturer", "driver"]`, `["manufacturer"]`}
	for name, tc := range map[string]struct {
		event      json.RawMessage
		change     func(*handler, *fakePool)
		suppressed string
		log        string
	}{
		"without a second factor": {
			event(t, "v2", manufacturerOnly...), func(_ *handler, p *fakePool) { p.mfa = false }, `[]`, `"role":"manufacturer","reason":"no second factor"`,
		},
		"when the second factor cannot be looked up": {
			event(t, "v2", manufacturerOnly...), func(_ *handler, p *fakePool) { p.err = errors.New("rate exceeded") }, `[]`,
			`"msg":"privileged roles withheld"`,
		},
		"without the company's id": {
			event(t, "v2", append(manufacturerOnly, `"acme"`, `""`)...), nil, `[]`, "custom:manufacturerId is empty",
		},
		"in no group": {event(t, "v2", `["manufacturer", "driver"]`, `[]`), nil, `[]`, ""},
		"in a group that is no role, for the API's scopes too": {
			event(t, "v2", `["manufacturer", "driver"]`, `["admin"]`, `"aws.cognito.signin.user.admin"`, `"connectedcar/write", "openid"`), nil,
			`["connectedcar/write"]`, "",
		},
		"of a provider that nobody mapped": {
			event(t, "v2_federated"), func(h *handler, _ *fakePool) { h.mappings = nil },
			`["connectedcar/read", "aws.cognito.signin.user.admin"]`, "",
		},
		"with identities that cannot be read": {
			event(t, "v2_federated", `"[{`, `"{[{`), nil, `["connectedcar/read", "aws.cognito.signin.user.admin"]`, "identities of a profile are unreadable",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, p, log := newHandler()
			if tc.change != nil {
				tc.change(h, p)
			}
			assert.JSONEq(t, strings.Replace(none, "SUPPRESSED", tc.suppressed, 1), response(t, h, tc.event))
			assert.Contains(t, log.String(), tc.log)
			assert.NotContains(t, log.String(), "example.com", "logs name people by their id")
		})
	}
}

func TestAWithheldRoleTakesItsIAMRoleAlong(t *testing.T) {
	h, p, _ := newHandler()
	p.mfa = false
	assert.Contains(t, response(t, h, event(t, "v2")),
		`"groupOverrideDetails":{"groupsToOverride":["driver"],"iamRolesToOverride":[],"preferredRole":null}`)
	assert.Contains(t, response(t, h, event(t, "v1")),
		`"groupOverrideDetails":{"groupsToOverride":[],"iamRolesToOverride":[],"preferredRole":null}`)
}

func TestEveryWayToTokensIsShaped(t *testing.T) {
	for _, source := range []string{"HostedAuth", "Authentication", "NewPasswordChallenge", "AuthenticateDevice", "RefreshTokens"} {
		h, _, _ := newHandler()
		in := event(t, "v2", "TokenGeneration_Authentication", "TokenGeneration_"+source)
		assert.Contains(t, response(t, h, in), `"groupsToOverride":["manufacturer","driver"]`, source)
		in = event(t, "v2", "TokenGeneration_Authentication", "TokenGeneration_"+source, `"version": "2"`, `"version": "3"`)
		assert.Contains(t, response(t, h, in), `"groupsToOverride":["manufacturer","driver"]`, source)
	}
}

func TestRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		event json.RawMessage
		want  string
	}{
		"programs":                     {event(t, "v3_client_credentials"), "roles belong to people"},
		"an unknown version":           {event(t, "v2", `"version": "2"`, `"version": "4"`), `version "4": allowed are`},
		"an unknown trigger":           {event(t, "v2", "TokenGeneration_Authentication", "PreSignUp_SignUp"), `trigger "PreSignUp_SignUp"`},
		"what is no event":             {json.RawMessage(`[]`), "read the event"},
		"an event with other contents": {event(t, "v2", `["manufacturer", "driver"]`, `{}`), "read the event"},
	} {
		t.Run(name, func(t *testing.T) {
			h, _, log := newHandler()
			_, err := h.handle(t.Context(), tc.event)
			require.ErrorContains(t, err, tc.want)
			assert.Contains(t, log.String(), `"msg":"refused"`)
		})
	}
}

func TestWhoSignedUpBecomesADriver(t *testing.T) {
	h, p, _ := newHandler()
	assert.JSONEq(t, `{}`, response(t, h, event(t, "confirmed")))
	assert.Equal(t, map[string]string{"c3d4e8f2-10a1-70de-5a4b-0b5b7f1f9d04": "driver"}, p.groups)

	p.err = errors.New("rate exceeded")
	_, err := h.handle(t.Context(), event(t, "confirmed"))
	require.ErrorContains(t, err, "make a driver of who signed up: rate exceeded")
}

func TestWhoDidNotSignUpDoesNot(t *testing.T) {
	for name, in := range map[string]json.RawMessage{
		"confirmed by a new password":      event(t, "confirmed", "ConfirmSignUp", "ConfirmForgotPassword"),
		"signed in by a provider at first": event(t, "confirmed", "CONFIRMED", "EXTERNAL_PROVIDER"),
	} {
		t.Run(name, func(t *testing.T) {
			h, p, _ := newHandler()
			assert.JSONEq(t, `{}`, response(t, h, in))
			assert.Empty(t, p.groups)
		})
	}
}

func TestStartChecksTheMappings(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	t.Setenv("ROLE_MAPPINGS", "")
	_, err := wire(t.Context(), log)
	require.ErrorContains(t, err, "ROLE_MAPPINGS is not set")
	t.Setenv("ROLE_MAPPINGS", `{"AcmeAD":{"claim":"custom:groups","groups":{"x":"emperor"}}}`)
	_, err = wire(t.Context(), log)
	require.ErrorContains(t, err, `provider AcmeAD, group x: role "emperor": allowed are`)
	t.Setenv("ROLE_MAPPINGS", `{}`)
	t.Setenv("FEDERATED_MFA", "AcmeAD,Dealers")
	h, err := wire(t.Context(), log)
	require.NoError(t, err)
	assert.Equal(t, []string{"AcmeAD", "Dealers"}, h.federatedMFA)
}
