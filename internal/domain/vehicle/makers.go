package vehicle

import (
	"fmt"
	"maps"
	"slices"

	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

// Makers are the manufacturers of world manufacturer identifiers (ISO 3780), the first three characters of a VIN.
type Makers map[string]string

// Check fails if the manufacturer may not announce a car with that VIN: an identifier belongs to one manufacturer, and one that has
// identifiers announces no cars of others. Otherwise a maker could take the VINs of another, who then cannot announce its own cars. An
// identifier that nobody has is free to manufacturers without any. The error's category is errs.Denied.
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
