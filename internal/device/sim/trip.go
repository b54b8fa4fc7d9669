package sim

import "time"

// Limits of harsh driving, in m/s^2, and of speeding.
const (
	harshBrakingMPS2      = -3.5
	harshAccelerationMPS2 = 3.0
	harshCorneringMPS2    = 4.0
	speedingShare         = 1.05 // share of the speed limit
)

// trip accumulates the data of one trip.
type trip struct {
	id                              string
	start                           time.Time
	startAt                         Place
	distanceM, idleS, speedingS     float64
	maxMPS                          float64
	fuelL, batteryJ                 float64
	brakings, accelerations, curves int
}

func (t *trip) add(speedMPS, limitMPS, m float64) {
	t.distanceM += m
	t.maxMPS = max(t.maxMPS, speedMPS)
	if speedMPS < 0.3 {
		t.idleS += tickS
	}
	if speedMPS > limitMPS*speedingShare {
		t.speedingS += tickS
	}
}

func (t *trip) consume(fuelL, batteryJ float64) {
	t.fuelL += fuelL
	t.batteryJ += batteryJ
}

func (t *trip) count(kind string) {
	switch kind {
	case "harsh_braking":
		t.brakings++
	case "harsh_acceleration":
		t.accelerations++
	default:
		t.curves++
	}
}
