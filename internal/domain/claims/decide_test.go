package claims_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/claims"
	"connectedcar/internal/names"
)

// factors returns the same answer for everybody.
type factors struct {
	has bool
	err error
}

func (f factors) HasMFA(context.Context, string) (bool, error) { return f.has, f.err }

var (
	withMFA    = factors{has: true}
	withoutMFA = factors{}
	broken     = factors{err: errors.New("throttled")}
)

var mappings = map[string]names.RoleMapping{
	"AcmeAD": {
		Claim:        "custom:groups",
		Groups:       map[string]string{"CC Makers": "manufacturer", "CC Ops": "operator", "Everyone": "driver", "Odd": "emperor"},
		Manufacturer: "acme",
	},
	"Dealers": {Claim: "custom:groups", Groups: map[string]string{"sales": "dealer"}},
}

func TestDecide(t *testing.T) {
	company := func(name, id string) map[string]string { return map[string]string{name: id} }
	federated := func(provider, groups string) claims.Person {
		return claims.Person{Federated: true, Providers: []string{provider}, Attributes: map[string]string{"custom:groups": groups}}
	}
	tests := map[string]struct {
		person   claims.Person
		factors  factors
		trusted  []string // providers that require a second factor
		want     []claims.Role
		maker    string
		dealer   string
		withheld map[claims.Role]string
	}{
		"a driver needs no second factor, and nobody is asked": {
			person: claims.Person{Groups: []string{"driver"}}, factors: broken, want: []claims.Role{claims.Driver},
		},
		"nobody's groups give no role": {person: claims.Person{}, factors: withMFA},
		"groups that are no role are ignored": {
			person: claims.Person{Groups: []string{"eu-central-1_x_AcmeAD", "Driver", "admin", "driver"}}, factors: withMFA, want: []claims.Role{claims.Driver},
		},
		"an operator with a second factor": {person: claims.Person{Groups: []string{"operator"}}, factors: withMFA, want: []claims.Role{claims.Operator}},
		"an operator without one is still the driver that they are": {
			person: claims.Person{Groups: []string{"operator", "driver"}}, factors: withoutMFA, want: []claims.Role{claims.Driver},
			withheld: map[claims.Role]string{claims.Operator: "no second factor"},
		},
		"a manufacturer acts for their company": {
			person:  claims.Person{Groups: []string{"manufacturer"}, Attributes: company("custom:manufacturerId", "acme")},
			factors: withMFA, want: []claims.Role{claims.Manufacturer}, maker: "acme",
		},
		"a dealer acts for theirs, and a manufacturer's id without the role says nothing": {
			person: claims.Person{
				Groups:     []string{"dealer"},
				Attributes: map[string]string{"custom:dealerId": "north", "custom:manufacturerId": "acme"},
			},
			factors: withMFA, want: []claims.Role{claims.Dealer}, dealer: "north",
		},
		"a dealer of no company is none": {
			person: claims.Person{Groups: []string{"dealer"}}, factors: withMFA,
			withheld: map[claims.Role]string{claims.Dealer: "the attribute custom:dealerId is empty"},
		},
		"a dealer without a second factor has no company either": {
			person: claims.Person{Groups: []string{"dealer"}, Attributes: company("custom:dealerId", "north")}, factors: withoutMFA,
			withheld: map[claims.Role]string{claims.Dealer: "no second factor"},
		},
		"roles come in a fixed order, each once": {
			person: claims.Person{Groups: []string{"operator", "driver", "driver"}}, factors: withMFA,
			want: []claims.Role{claims.Driver, claims.Operator},
		},
		"a provider's groups become roles, and its company is fixed": {
			person: claims.Person{Federated: true, Providers: []string{"AcmeAD"}, Attributes: map[string]string{
				"custom:groups": "[CC+Makers, Everyone]", "custom:manufacturerId": "borealis",
			}},
			trusted: []string{"AcmeAD"}, want: []claims.Role{claims.Manufacturer, claims.Driver}, maker: "acme",
		},
		"a provider that is not known to ask for a second factor gives no privileged role": {
			person: federated("AcmeAD", "[CC+Ops, Everyone]"), factors: withMFA, want: []claims.Role{claims.Driver},
			withheld: map[claims.Role]string{claims.Operator: "the identity provider AcmeAD is not known to ask for a second factor"},
		},
		"a provider's company may be each person's own": {
			person: claims.Person{Federated: true, Providers: []string{"Dealers"}, Attributes: map[string]string{
				"custom:groups": "sales", "custom:dealerId": "south",
			}},
			trusted: []string{"Dealers"}, want: []claims.Role{claims.Dealer}, dealer: "south",
		},
		"one provider's groups are not another's": {person: federated("Dealers", "CC Ops"), trusted: []string{"Dealers"}},
		"a provider without a mapping gives no role": {
			person: federated("Elsewhere", "driver"), trusted: []string{"Elsewhere"},
		},
		"a mapping to what is no role gives none": {person: federated("AcmeAD", "Odd"), trusted: []string{"AcmeAD"}},
		"the pool's groups do not count for federated people": {
			person:  claims.Person{Federated: true, Providers: []string{"AcmeAD"}, Groups: []string{"operator"}},
			trusted: []string{"AcmeAD"},
		},
		"a profile of several providers has no role of either": {
			person: claims.Person{Federated: true, Providers: []string{"AcmeAD", "Dealers"}, Attributes: map[string]string{
				"custom:groups": "[Everyone]",
			}},
			trusted: []string{"AcmeAD", "Dealers"},
		},
		"a profile of an unknown provider has no role": {
			person: claims.Person{Federated: true, Attributes: map[string]string{"custom:groups": "Everyone"}},
		},
		"a native profile linked with a provider needs the second factor on both ways": {
			person: claims.Person{Groups: []string{"operator"}, Providers: []string{"AcmeAD"}}, factors: withMFA,
			withheld: map[claims.Role]string{claims.Operator: "the identity provider AcmeAD is not known to ask for a second factor"},
		},
		"which it may have": {
			person: claims.Person{Groups: []string{"operator"}, Providers: []string{"AcmeAD"}}, factors: withMFA, trusted: []string{"AcmeAD"},
			want: []claims.Role{claims.Operator},
		},
		"or only on one of them": {
			person: claims.Person{Groups: []string{"operator"}, Providers: []string{"AcmeAD"}}, factors: withoutMFA, trusted: []string{"AcmeAD"},
			withheld: map[claims.Role]string{claims.Operator: "no second factor"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			d, err := claims.Rules{Mappings: mappings, FederatedMFA: tc.trusted, Factors: tc.factors}.Decide(t.Context(), tc.person)
			require.NoError(t, err)
			assert.Equal(t, tc.want, d.Roles)
			assert.Equal(t, tc.maker, d.Manufacturer)
			assert.Equal(t, tc.dealer, d.Dealer)
			withheld := map[claims.Role]string{}
			for _, w := range d.Withheld {
				withheld[w.Role] = w.Reason
			}
			if tc.withheld == nil {
				tc.withheld = map[claims.Role]string{}
			}
			assert.Equal(t, tc.withheld, withheld)
		})
	}
}

func TestAFailedLookUpWithholdsAndSaysSo(t *testing.T) {
	d, err := claims.Rules{Factors: broken}.Decide(t.Context(), claims.Person{Groups: []string{"operator", "driver"}})
	require.ErrorContains(t, err, "look up the second factor: throttled")
	assert.Equal(t, []claims.Role{claims.Driver}, d.Roles)
	assert.Len(t, d.Withheld, 1)
}

func TestProviderGroups(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		want []string
	}{
		"nothing":                    {"", nil},
		"one group":                  {"CC Makers", []string{"CC Makers"}},
		"one group with a comma":     {"CN=makers,OU=cars", []string{"CN=makers,OU=cars"}},
		"SAML's list":                {"[CC+Makers, Everyone]", []string{"CC Makers", "Everyone"}},
		"SAML's list, encoded":       {"[CN%3Dmakers%2COU%3Dcars, b]", []string{"CN=makers,OU=cars", "b"}},
		"OIDC's list":                {`["CC Makers","a,b"]`, []string{"CC Makers", "a,b"}},
		"an empty list":              {"[]", []string{}},
		"a value that is not a code": {"[100%, b]", []string{"100%", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.ElementsMatch(t, tc.want, claims.ProviderGroups(tc.in))
		})
	}
}

func TestScopes(t *testing.T) {
	const admin = "aws.cognito.signin.user.admin"
	for name, tc := range map[string]struct {
		asked            []string
		roles            []claims.Role
		want, suppressed []string
	}{
		"a sign-in with a password gets what the role permits": {
			[]string{admin}, []claims.Role{claims.Driver}, []string{"connectedcar/read", "connectedcar/write"}, []string{},
		},
		"an app that asked to read may not write": {
			[]string{"openid", "connectedcar/read"}, []claims.Role{claims.Driver}, []string{"connectedcar/read"}, []string{},
		},
		"without a role there is no scope, asked for or not": {
			[]string{"openid", "connectedcar/read", "connectedcar/write"}, nil, nil, []string{"connectedcar/read", "connectedcar/write"},
		},
		"a scope that does not exist is not granted": {
			[]string{"connectedcar/admin"}, []claims.Role{claims.Operator}, nil, []string{"connectedcar/admin"},
		},
		"the scopes of others are left alone": {[]string{"other/read"}, nil, nil, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, claims.Scopes(tc.asked, tc.roles))
			assert.ElementsMatch(t, tc.suppressed, claims.Unpermitted(tc.asked, tc.roles))
		})
	}
}

func TestParse(t *testing.T) {
	r, err := claims.Parse("dealer")
	require.NoError(t, err)
	assert.Equal(t, claims.Dealer, r)
	_, err = claims.Parse("Admin")
	assert.ErrorContains(t, err, `role "Admin": allowed are manufacturer, dealer, driver, operator`)
}
