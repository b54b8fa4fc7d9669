// Package authz authorises operations on cars. The rules are Cedar policies in this directory, with their
// schema; an action is an operation of the API's contract by its operationId.
package authz

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
)

//go:embed *.cedar access.cedarschema
var files embed.FS

// Role is a role of the caller, from a group of the user pool.
type Role string

// The roles. A caller without any may do nothing.
const (
	Manufacturer Role = "manufacturer" // built the cars
	Dealer       Role = "dealer"       // services cars
	Driver       Role = "driver"       // owns cars or borrows them
	Operator     Role = "operator"     // runs the platform
)

// Roles returns all roles.
func Roles() []Role { return []Role{Manufacturer, Dealer, Driver, Operator} }

// Principal is the caller, by the claims of a verified token.
type Principal struct {
	ID           string // user id (sub)
	Roles        []Role
	Manufacturer string // claim manufacturerId; empty for none
	Dealer       string // claim dealerId; empty for none
	Scopes       []string
	Scoped       bool // whether the token is of a kind that has scopes; such a token permits only operations of its Scopes
}

// Has reports whether the principal has that role.
func (p Principal) Has(r Role) bool { return slices.Contains(p.Roles, r) }

// Vehicle has the attributes of a car that the policies refer to.
type Vehicle struct {
	VIN                  string
	Owner                string // user id; empty for none
	Manufacturer         string
	Dealer               string               // empty for none
	Grants               map[string]time.Time // ends by user id
	ConsentDealer        string               // the dealer that the owner lets see where the car is; empty for none
	DealerConsentUntil   time.Time            // zero for never
	OperatorConsentUntil time.Time            // the owner lets operators see where the car is, and was; zero for never
}

// Extra has the attributes of a request besides the car.
type Extra struct {
	Fields  []string // updateVehicle: the fields in the request
	Shadow  string   // getShadow, updateShadow: the shadow's name
	Command string   // sendCommand: the command's kind
}

// Authorizer evaluates the policies.
type Authorizer struct {
	policies *cedar.PolicySet
	actions  types.EntityMap // every action with its groups
}

// New parses the policies. An error means that the embedded files are invalid.
func New() (*Authorizer, error) {
	names, err := fs.Glob(files, "*.cedar")
	if err != nil {
		return nil, fmt.Errorf("find the policies: %w", err)
	}
	a := &Authorizer{policies: cedar.NewPolicySet()}
	for _, name := range names {
		if err := a.add(name); err != nil {
			return nil, err
		}
	}
	a.actions, err = actions()
	return a, err
}

func (a *Authorizer) add(name string) error {
	b, err := fs.ReadFile(files, name)
	if err != nil {
		return fmt.Errorf("read the policies: %w", err)
	}
	list, err := cedar.NewPolicyListFromBytes(name, b)
	if err != nil {
		return fmt.Errorf("policies %s: %w", name, err)
	}
	for n, p := range list {
		id := p.Annotations()["id"]
		if id == "" || !a.policies.Add(types.PolicyID(id), p) {
			return fmt.Errorf("policies %s: number %d: an @id of its own is missing", name, n+1)
		}
	}
	return nil
}

// Allow reports whether the principal may perform the action, an operationId of the contract, on the car at that time. A nil v
// stands for an operation on no particular car. An action that is not in the schema is denied.
func (a *Authorizer) Allow(p Principal, action string, v *Vehicle, x Extra, now time.Time) bool {
	uid := actionUID(action)
	// An empty ID would equal the empty owner of a car without one.
	if _, known := a.actions[uid]; !known || p.ID == "" {
		return false
	}
	user := userEntity(p)
	resource := types.Entity{UID: types.NewEntityUID("Platform", "connectedcar")}
	if v != nil {
		resource = vehicleEntity(*v)
	}
	decision, _ := cedar.Authorize(a.policies, getter{a.actions, user, resource}, cedar.Request{
		Principal: user.UID, Action: uid, Resource: resource.UID, Context: contextOf(x, now),
	})
	return decision == cedar.Allow
}

// getter looks up the entities of a request.
type getter struct {
	actions        types.EntityMap
	user, resource types.Entity
}

// Get implements cedar's EntityGetter.
func (g getter) Get(uid types.EntityUID) (types.Entity, bool) {
	switch uid {
	case g.user.UID:
		return g.user, true
	case g.resource.UID:
		return g.resource, true
	}
	e, ok := g.actions[uid]
	return e, ok
}

func actionUID(name string) types.EntityUID { return types.NewEntityUID("Action", types.String(name)) }

func userEntity(p Principal) types.Entity {
	var roles []string
	for _, r := range p.Roles {
		roles = append(roles, string(r))
	}
	return types.Entity{UID: types.NewEntityUID("User", types.String(p.ID)), Attributes: types.NewRecord(types.RecordMap{
		"sub": types.String(p.ID), "roles": texts(roles), "manufacturer": types.String(p.Manufacturer), "dealer": types.String(p.Dealer),
		"scopes": texts(p.Scopes), "scoped": types.Boolean(p.Scoped),
	})}
}

func vehicleEntity(v Vehicle) types.Entity {
	grants := types.RecordMap{}
	for user, until := range v.Grants {
		grants[types.String(user)] = types.Long(until.UnixMilli())
	}
	return types.Entity{
		UID: types.NewEntityUID("Vehicle", types.String(v.VIN)), Tags: types.NewRecord(grants),
		Attributes: types.NewRecord(types.RecordMap{
			"owner": types.String(v.Owner), "manufacturer": types.String(v.Manufacturer), "dealer": types.String(v.Dealer),
			"consentDealer": types.String(v.ConsentDealer), "dealerConsentUntil": moment(v.DealerConsentUntil),
			"operatorConsentUntil": moment(v.OperatorConsentUntil),
		}),
	}
}

// moment is a time in milliseconds since 1970; 0 for none.
func moment(t time.Time) types.Long {
	if t.IsZero() {
		return 0
	}
	return types.Long(t.UnixMilli())
}

func contextOf(x Extra, now time.Time) types.Record {
	return types.NewRecord(types.RecordMap{
		"now": types.Long(now.UnixMilli()), "fields": texts(x.Fields), "shadow": types.String(x.Shadow), "command": types.String(x.Command),
	})
}

func texts(list []string) types.Set {
	values := make([]types.Value, len(list))
	for n, s := range list {
		values[n] = types.String(s)
	}
	return types.NewSet(values...)
}
