package vehicle

import (
	"fmt"
	"maps"
	"slices"

	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

// Makers maps world manufacturer identifiers (ISO 3780), the first three characters of a VIN, to manufacturers.
type Makers map[string]string

// Check fails if the manufacturer may not announce a car with that VIN. An identifier belongs to one manufacturer, and a manufacturer with
// identifiers announces no cars with others: otherwise it could take another's VINs, who then could not announce its own cars. An
// identifier that nobody owns is open to manufacturers without any. The error's category is errs.Denied.
func (m Makers) Check(v vin.VIN, manufacturer string) error {
	owner, listed := m[v.Manufacturer()]
	switch {
	case listed && owner != manufacturer:
		return errs.As(errs.Denied, fmt.Errorf("VINs that begin with %s are another manufacturer's", v.Manufacturer()))
	case listed:
		return nil
	}
	var own []string
	for _, wmi := range slices.Sorted(maps.Keys(m)) {
		if m[wmi] == manufacturer {
			own = append(own, wmi)
		}
	}
	if len(own) > 0 {
		return errs.As(errs.Denied, fmt.Errorf("VINs of manufacturer %s begin with %q, not with %s", manufacturer, own, v.Manufacturer()))
	}
	return nil
}
