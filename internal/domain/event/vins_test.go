package event_test

import (
	"fmt"

	"connectedcar/internal/vin"
)

// vins are the VINs of 200 cars.
var vins = func() []vin.VIN {
	all := make([]vin.VIN, 200)
	for n := range all {
		all[n] = vin.VIN(fmt.Sprintf("WVWZZZ1JZXW%06d", n))
	}
	return all
}()
