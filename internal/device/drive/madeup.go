package drive

import (
	"hash/fnv"

	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// serials are the characters that a VIN may contain.
const serials = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"

// MadeUpVIN returns the VIN of a car that does not exist, always the same for a label. Its first eight characters mark it as made up, and
// its check digit is valid.
func MadeUpVIN(label string) vin.VIN {
	h := fnv.New64a()
	_, _ = h.Write([]byte(label))
	serial := make([]byte, 8)
	for i, n := 0, h.Sum64(); i < len(serial); i, n = i+1, n/uint64(len(serials)) {
		serial[i] = serials[n%uint64(len(serials))]
	}
	return vin.VIN("1ACGEN260" + string(serial)).WithCheckDigit()
}

// PowertrainOf returns the powertrain of a simulated car of which only the VIN is known: most are combustion cars, a quarter are electric.
// It is always the same for a VIN.
func PowertrainOf(v vin.VIN) vehicle.Powertrain {
	switch share := hash(v) % 100; {
	case share < 60:
		return vehicle.Combustion
	case share < 75:
		return vehicle.Hybrid
	default:
		return vehicle.Electric
	}
}
