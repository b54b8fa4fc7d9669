package ownership

import (
	"time"

	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// Grant is a car lent to somebody.
type Grant struct {
	VIN       vin.VIN
	UserID    string
	Email     string // as the owner named them
	GrantedBy string // the owner's user id
	GrantedAt time.Time
	Until     time.Time
}

// Holds reports whether the grant lets its user use the car at that time. Every reader of grants asks this and nothing else: a grant
// outlives neither its end, though DynamoDB deletes rows up to days later, nor the ownership that it was made in.
func (g Grant) Holds(car vehicle.Vehicle, at time.Time) bool {
	return car.OwnerID != "" && car.OwnerID == g.GrantedBy && car.OwnerID != g.UserID &&
		!g.GrantedAt.Before(car.OwnedSince) && g.Until.After(at)
}
