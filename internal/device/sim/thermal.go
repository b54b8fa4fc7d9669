package sim

// thermal models the heat of engine and oil.
type thermal struct {
	coolantC, oilC float64
	hangsOpen      bool // fault of the thermostat
}

const (
	engineJPerK      = 58_000
	oilJPerK         = 18_000
	thermostatOpensC = 86.0
	thermostatOpenC  = 98.0
	blockWPerK       = 14  // heat loss without radiator
	radiatorWPerK    = 420 // thermostat open, at standstill with the fan on
	radiatorPerMPS   = 35  // additional cooling by the wind
	limpAboveC       = 122 // above it the engine protects itself: less power, more fan
)

// step heats and cools for dt seconds. clogged is the lost share of the radiator (0 to 1).
func (t *thermal) step(heatW, speedMPS, ambientC, clogged, dt float64) {
	open := max(0, min(1, (t.coolantC-thermostatOpensC)/(thermostatOpenC-thermostatOpensC)))
	if t.hangsOpen {
		open = 1
	}
	conductance := blockWPerK + open*(radiatorWPerK+radiatorPerMPS*speedMPS)*(1-clogged)
	if t.coolantC > limpAboveC {
		heatW *= max(0, 1-(t.coolantC-limpAboveC)/6)
	}
	toOil := 120 * (t.coolantC + heatW/900 - t.oilC)
	t.coolantC += (heatW - conductance*(t.coolantC-ambientC) - 0.3*toOil) * dt / engineJPerK
	t.oilC += (toOil - (6+0.25*speedMPS)*(t.oilC-ambientC)) * dt / oilJPerK
}
