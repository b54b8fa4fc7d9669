package authz

import "time"

// Relation is a person's relation to a car.
type Relation string

// The relations, the nearest first.
const (
	Owns      Relation = "owner"
	Borrows   Relation = "granted"
	LooksAt   Relation = "dealer"
	Built     Relation = "manufacturer"
	Runs      Relation = "operator"
	NoneOfIts Relation = ""
)

// RelationOf returns the nearest relation of the principal to the car at that time.
func RelationOf(p Principal, v Vehicle, now time.Time) Relation {
	until, granted := v.Grants[p.ID]
	switch {
	case p.ID == "":
		return NoneOfIts
	case p.Has(Driver) && v.Owner == p.ID:
		return Owns
	case p.Has(Driver) && granted && until.After(now):
		return Borrows
	case p.Has(Dealer) && p.Dealer != "" && v.Dealer == p.Dealer:
		return LooksAt
	case p.Has(Manufacturer) && p.Manufacturer != "" && v.Manufacturer == p.Manufacturer:
		return Built
	case p.Has(Operator):
		return Runs
	}
	return NoneOfIts
}
