package sim

// tyre is one tyre. Its air warms up by rolling and escapes by faults.
type tyre struct {
	coldKPA float64 // pressure above the atmosphere at 20 °C
	tempC   float64
}

const (
	coldTyreC   = 20.0
	emptyKPA    = 45.0
	rimKPA      = 101.3
	zeroCelsius = 273.15
)

// step rolls the tyre for dt seconds, with a leak of leakKPAPerS kPa per second.
func (t *tyre) step(speedMPS, ambientC, leakKPAPerS, dt float64) {
	target := ambientC + 0.75*speedMPS
	t.tempC += (target - t.tempC) * dt / 600
	if leakKPAPerS > 0 {
		t.coldKPA = max(emptyKPA, t.coldKPA-leakKPAPerS*dt)
	}
}

// kpa is the pressure above the atmosphere. In a closed volume it rises with the absolute temperature.
func (t *tyre) kpa() float64 {
	return (t.coldKPA+rimKPA)*(t.tempC+zeroCelsius)/(coldTyreC+zeroCelsius) - rimKPA
}
