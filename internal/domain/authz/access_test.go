package authz

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// car returns a car with an owner, a present and a former borrower, a dealer and a manufacturer.
func car() *Vehicle {
	return &Vehicle{
		VIN: "1ACEV26S0TA000001", Owner: "owner", Manufacturer: "acme", Dealer: "munich",
		Grants: map[string]time.Time{"friend": now.Add(time.Hour), "formerFriend": now},
	}
}

func scoped(id string, roles ...Role) Principal {
	return Principal{ID: id, Roles: roles, Scoped: true, Scopes: []string{"connectedcar/read", "connectedcar/write"}}
}

// people are the principals of the tables below.
func people() map[string]Principal {
	with := func(p Principal, manufacturer, dealer string) Principal {
		p.Manufacturer, p.Dealer = manufacturer, dealer
		return p
	}
	return map[string]Principal{
		"owner": scoped("owner", Driver), "friend": scoped("friend", Driver), "formerFriend": scoped("formerFriend", Driver),
		"stranger": scoped("stranger", Driver), "roleless": scoped("owner"),
		"dealer": with(scoped("d1", Dealer), "", "munich"), "otherDealer": with(scoped("d2", Dealer), "", "berlin"),
		"nobodysDealer": with(scoped("d3", Dealer), "", ""),
		"maker":         with(scoped("m1", Manufacturer), "acme", ""), "otherMaker": with(scoped("m2", Manufacturer), "zenith", ""),
		"operator": scoped("o1", Operator),
	}
}

// may lists the permitted actions by relation and role, written by hand: the policies are tested against it.
var may = []struct {
	action string
	extra  Extra
	who    string
}{
	{"getVehicle", Extra{}, "owner friend dealer maker operator"},
	{"updateVehicle", Extra{Fields: []string{"nickname"}}, "owner"},
	{"updateVehicle", Extra{Fields: []string{"placardPressureKPa"}}, "dealer maker operator"},
	{"updateVehicle", Extra{Fields: []string{"dealerId"}}, "maker operator"},
	{"updateVehicle", Extra{Fields: []string{"nickname", "dealerId"}}, ""},
	{"allowVehicle", Extra{}, "maker operator"},
	{"issueClaimCode", Extra{}, "owner"},
	{"releaseVehicle", Extra{}, "owner"},
	{"endOwnership", Extra{}, "maker operator"},
	{"listGrants", Extra{}, "owner operator"},
	{"grantVehicle", Extra{}, "owner"},
	{"revokeGrant", Extra{}, "owner"},
	{"getLocationConsent", Extra{}, "owner friend dealer operator"},
	{"setLocationConsent", Extra{}, "owner"},
	{"withdrawLocationConsent", Extra{}, "owner"},
	{"getState", Extra{}, "owner friend dealer maker operator"},
	{"getTelemetry", Extra{}, "owner friend dealer maker operator"},
	{"seePositions", Extra{}, "owner friend"},
	{"getLocation", Extra{}, "owner friend"},
	{"listTrips", Extra{}, "owner friend"},
	{"getTrip", Extra{}, "owner friend"},
	{"listDiagnostics", Extra{}, "owner friend dealer maker operator"},
	{"acknowledgeDiagnostic", Extra{}, "owner friend dealer"},
	{"clearDiagnostic", Extra{}, "dealer"},
	{"listHealthReports", Extra{}, "owner friend dealer maker operator"},
	{"getHealthReport", Extra{}, "owner friend dealer maker operator"},
	{"requestHealthReport", Extra{}, "owner friend dealer"},
	{"listVehicleAlerts", Extra{}, "owner friend dealer maker operator"},
	{"acknowledgeAlert", Extra{}, "owner friend dealer maker operator"},
	{"resolveAlert", Extra{}, "owner dealer maker operator"},
	{"dismissAlert", Extra{}, "owner dealer maker operator"},
	{"withdrawDismissal", Extra{}, "owner dealer maker operator"},
	{"listDismissals", Extra{}, "owner friend dealer maker operator"},
	{"getShadow", Extra{Shadow: "climate"}, "owner friend dealer operator"},
	{"getShadow", Extra{Shadow: "config"}, "owner dealer maker operator"},
	{"getShadow", Extra{Shadow: "state"}, "owner friend operator"},
	{"updateShadow", Extra{Shadow: "climate"}, "owner friend"},
	{"updateShadow", Extra{Shadow: "config"}, "owner maker"},
	{"updateShadow", Extra{Shadow: "state"}, ""},
	{"listCommands", Extra{}, "owner friend dealer operator"},
	{"getCommand", Extra{}, "owner friend dealer operator"},
	{"sendCommand", Extra{Command: "lock"}, "owner friend"},
	{"sendCommand", Extra{Command: "diagnose"}, "owner friend dealer"},
	{"listCertificates", Extra{}, "maker operator"},
	{"revokeCertificate", Extra{}, "maker operator"},
}

// mayAtAll lists who may perform the operations that are about no car.
var mayAtAll = map[string]string{
	"getMe":             "owner friend formerFriend stranger dealer otherDealer nobodysDealer maker otherMaker operator",
	"getPreferences":    "owner friend formerFriend stranger dealer otherDealer nobodysDealer maker otherMaker operator",
	"putPreferences":    "owner friend formerFriend stranger dealer otherDealer nobodysDealer maker otherMaker operator",
	"addPhone":          "owner friend formerFriend stranger dealer otherDealer nobodysDealer maker otherMaker operator",
	"removePhone":       "owner friend formerFriend stranger dealer otherDealer nobodysDealer maker otherMaker operator",
	"verifyPhone":       "owner friend formerFriend stranger dealer otherDealer nobodysDealer maker otherMaker operator",
	"listVehicles":      "owner friend formerFriend stranger dealer otherDealer nobodysDealer maker otherMaker operator",
	"listAlerts":        "owner friend formerFriend stranger dealer otherDealer nobodysDealer maker otherMaker operator",
	"claimVehicle":      "owner friend formerFriend stranger",
	"openRealtime":      "owner friend formerFriend stranger",
	"getWorklist":       "dealer otherDealer",
	"getFleetSummary":   "dealer otherDealer maker otherMaker operator",
	"getTopDiagnostics": "dealer otherDealer maker otherMaker operator",
}

func authorizer(t testing.TB) *Authorizer {
	t.Helper()
	a, err := New()
	require.NoError(t, err)
	return a
}

func TestWhoMayDoWhatWithACar(t *testing.T) {
	a := authorizer(t)
	for _, rule := range may {
		t.Run(rule.action+" "+rule.extra.Shadow+rule.extra.Command+strings.Join(rule.extra.Fields, " "), func(t *testing.T) {
			for name, p := range people() {
				want := slices.Contains(strings.Fields(rule.who), name)
				assert.Equal(t, want, a.Allow(p, rule.action, car(), rule.extra, now), name)
			}
		})
	}
}

func TestWhoMayDoWhatBelongsToNoCar(t *testing.T) {
	a := authorizer(t)
	for action, who := range mayAtAll {
		for name, p := range people() {
			assert.Equal(t, slices.Contains(strings.Fields(who), name), a.Allow(p, action, nil, Extra{}, now), "%s %s", name, action)
		}
	}
}

func TestEveryActionHasItsLine(t *testing.T) {
	lines := map[string]bool{}
	for _, rule := range may {
		lines[rule.action] = true
	}
	for action := range mayAtAll {
		lines[action] = true
	}
	for uid := range authorizer(t).actions {
		if !slices.Contains(groups, uid) {
			assert.True(t, lines[string(uid.ID)], "%s is in the schema; who may?", uid.ID)
			delete(lines, string(uid.ID))
		}
	}
	assert.Empty(t, lines, "these are not in the schema")
}

func TestACarThatNobodyOwnsIsHandedOverByItsDealerOrTheOperators(t *testing.T) {
	a, v := authorizer(t), car()
	v.Owner = ""
	for name, p := range people() {
		assert.Equal(t, name == "dealer" || name == "operator", a.Allow(p, "issueClaimCode", v, Extra{}, now), name)
	}
	assert.False(t, a.Allow(scoped("", Driver), "getVehicle", v, Extra{}, now), "nobody is the owner of a car without one")
}

func TestPositionsAreSharedWhileTheOwnerLetsThem(t *testing.T) {
	a, soon := authorizer(t), now.Add(time.Minute)
	for consented, tc := range map[string]struct {
		consent          Vehicle
		positions, trips string // beside owner and friend
	}{
		"to the dealer":                   {Vehicle{ConsentDealer: "munich", DealerConsentUntil: soon}, "dealer", ""},
		"to the dealer of before":         {Vehicle{ConsentDealer: "berlin", DealerConsentUntil: soon}, "", ""},
		"to a dealer that nobody recalls": {Vehicle{DealerConsentUntil: soon}, "", ""},
		"to operators":                    {Vehicle{OperatorConsentUntil: soon}, "operator", "operator"},
	} {
		v := car()
		v.ConsentDealer, v.DealerConsentUntil, v.OperatorConsentUntil = tc.consent.ConsentDealer, tc.consent.DealerConsentUntil, tc.consent.OperatorConsentUntil
		for action, who := range map[string]string{"getLocation": tc.positions, "seePositions": tc.positions, "listTrips": tc.trips, "getTrip": tc.trips} {
			for name, p := range people() {
				assert.Equal(t, slices.Contains(strings.Fields("owner friend "+who), name), a.Allow(p, action, v, Extra{}, now), "%s: %s %s", consented, name, action)
				assert.Equal(t, a.Allow(p, action, car(), Extra{}, now), a.Allow(p, action, v, Extra{}, soon), "%s: %s %s: it has ended", consented, name, action)
			}
		}
	}
}

func TestATokenDoesWhatItsScopesSay(t *testing.T) {
	a := authorizer(t)
	owner := people()["owner"]
	for name, tc := range map[string]struct {
		scopes      []string
		scoped      bool
		read, write bool
	}{
		"both":                         {[]string{"connectedcar/read", "connectedcar/write"}, true, true, true},
		"to see":                       {[]string{"connectedcar/read"}, true, true, false},
		"to change":                    {[]string{"connectedcar/write"}, true, false, true},
		"of other things":              {[]string{"openid", "aws.cognito.signin.user.admin"}, true, false, false},
		"none":                         {nil, true, false, false},
		"a token that knows no scopes": {nil, false, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			owner.Scopes, owner.Scoped = tc.scopes, tc.scoped
			assert.Equal(t, tc.read, a.Allow(owner, "getState", car(), Extra{}, now))
			assert.Equal(t, tc.write, a.Allow(owner, "sendCommand", car(), Extra{Command: "lock"}, now))
			assert.Equal(t, tc.write, a.Allow(owner, "putPreferences", nil, Extra{}, now))
		})
	}
}

func TestWhatIsNoActionIsRefused(t *testing.T) {
	a := authorizer(t)
	for _, action := range []string{"", "read", "write", "everything"} {
		assert.False(t, a.Allow(people()["owner"], action, car(), Extra{}, now), action)
	}
}

func TestPoliciesFitTheirSchema(t *testing.T) {
	s, err := readSchema()
	require.NoError(t, err)
	v := validate.New(s)
	n := 0
	for id, p := range authorizer(t).policies.All() {
		n++
		assert.NoError(t, v.Policy(string(id), (*ast.Policy)(p.AST())), id)
	}
	assert.Greater(t, n, 15)
}

// TestNobodyReachesACarThatIsNeitherTheirsNorLent tries random principals and cars.
func TestNobodyReachesACarThatIsNeitherTheirsNorLent(t *testing.T) {
	a, r := authorizer(t), rand.New(rand.NewPCG(1, 2))
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	for range 200 {
		p := Principal{ID: pick("a", "b", "c"), Manufacturer: pick("", "m1", "m2"), Dealer: pick("", "d1", "d2")}
		for _, role := range []Role{Driver, Dealer, Manufacturer} {
			if r.IntN(2) == 0 {
				p.Roles = append(p.Roles, role)
			}
		}
		v := &Vehicle{VIN: "v", Owner: pick("", "a", "b"), Manufacturer: pick("m1", "m2"), Dealer: pick("", "d1", "d2"), Grants: map[string]time.Time{}}
		for _, user := range []string{"a", "b", "c"} {
			if r.IntN(3) == 0 {
				v.Grants[user] = now.Add(time.Duration(r.IntN(3)-1) * time.Hour)
			}
		}
		related := RelationOf(p, *v, now) != NoneOfIts
		for uid := range a.actions {
			action := string(uid.ID)
			if _, general := mayAtAll[action]; general || slices.Contains(groups, uid) {
				continue
			}
			for _, shadow := range []string{"climate", "config", "state"} {
				allowed := a.Allow(p, action, v, Extra{Shadow: shadow, Command: "diagnose", Fields: []string{pick("nickname", "dealerId")}}, now)
				require.False(t, allowed && !related, "%+v may %s %+v", p, action, v)
				if allowed {
					v.Grants["d"], v.DealerConsentUntil, v.OperatorConsentUntil = now.Add(time.Hour), now.Add(time.Hour), now.Add(time.Hour)
					require.True(t, a.Allow(p, action, v, Extra{Shadow: shadow, Command: "diagnose", Fields: []string{"nickname"}}, now) || action == "updateVehicle",
						"another's grant or a consent takes %s away", action)
				}
			}
		}
	}
}

func BenchmarkAllow(b *testing.B) {
	a, p, v := authorizer(b), people()["dealer"], car()
	b.ReportAllocs()
	for b.Loop() {
		if !a.Allow(p, "getState", v, Extra{}, now) {
			b.Fatal("refused")
		}
	}
}

func ExampleRelationOf() {
	fmt.Println(RelationOf(Principal{ID: "owner", Roles: []Role{Driver}}, Vehicle{Owner: "owner"}, time.Time{}))
	// Output: owner
}
