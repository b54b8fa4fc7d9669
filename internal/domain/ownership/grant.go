package ownership

import (
	"time"

	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// Grant lends a car to a user.
type Grant struct {
	VIN       vin.VIN
	UserID    string
	Email     string // the user's address, as the owner entered it
	GrantedBy string // the owner's user id
	GrantedAt time.Time
	Until     time.Time
}

// Holds reports whether the grant permits its user to use the car at that time. All readers of grants must use it: a grant is invalid after
// its end, though DynamoDB deletes rows up to days later, and after the ownership in which it was made.
func (g Grant) Holds(car vehicle.Vehicle, at time.Time) bool {
	return car.OwnerID != "" && car.OwnerID == g.GrantedBy && car.OwnerID != g.UserID &&
		!g.GrantedAt.Before(car.OwnedSince) && g.Until.After(at)
}
