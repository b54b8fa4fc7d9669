package sim

import "connectedcar/internal/domain/vehicle"

import "math"

// step advances the car by one tick.
func (c *Car) step() {
	place := c.route.At(c.atM)
	before := c.speedMPS
	c.accelerate(place)
	meanMPS := (before + c.speedMPS) / 2
	c.travel(place, meanMPS)
	c.drive(place, meanMPS)
	c.warm()
	c.elapsed += tick
}

const (
	pedalLagS  = 0.3  // delay from the driver's wish to the car's acceleration
	grip       = 0.85 // largest force on the road as a share of the weight
	tyresTrail = 0.4
)

// accelerate changes the speed towards the driver's wish, within the limits of the machines and the road.
func (c *Car) accelerate(place Point) {
	if c.phase != driving {
		c.speedMPS, c.accelMPS2 = 0, 0
		return
	}
	left := (c.phaseEnds - c.elapsed).Seconds()
	wish := c.driver.wants(c.route, c.atM, c.speedMPS, left, tickS)
	a := c.accelMPS2 + (wish-c.accelMPS2)*tickS/pedalLagS
	drag, rolling, slope := c.model.resistanceN(c.speedMPS, place.Grade)
	force := min(c.model.powerW(c.set.Powertrain)*0.9/max(c.speedMPS, 3), tyresTrail*c.model.massKG*gravity)
	a = min(a, (force-drag-rolling-slope)/(c.model.massKG*rotatingMass))
	a = max(a, -grip*gravity)
	after := max(0, c.speedMPS+a*tickS)
	c.accelMPS2 = (after - c.speedMPS) / tickS
	c.speedMPS = after
	c.totals.PeakAccelerationMPS2 = max(c.totals.PeakAccelerationMPS2, c.accelMPS2)
	c.totals.PeakBrakeMPS2 = min(c.totals.PeakBrakeMPS2, c.accelMPS2)
}

func (c *Car) travel(place Point, meanMPS float64) {
	m := meanMPS * tickS
	c.atM += m
	c.odometerM += m
	c.totals.DistanceM += m
	c.lateralMPS2 += (place.CurvaturePerM*c.speedMPS*c.speedMPS - c.lateralMPS2) * tickS / 0.4
	for i := range c.gnss { // the position error wanders slowly, by about a metre
		c.gnss[i] += -c.gnss[i]*tickS/20 + 0.1*c.rng.NormFloat64()*math.Sqrt(tickS)
	}
	if c.trip != nil {
		c.trip.add(c.speedMPS, place.LimitMPS, m)
	}
}

// drive computes the forces of this tick and distributes their power to machines and brakes.
func (c *Car) drive(place Point, meanMPS float64) {
	drag, rolling, slope := c.model.resistanceN(meanMPS, place.Grade)
	c.totals.DragJ += drag * meanMPS * tickS
	c.totals.RollingJ += rolling * meanMPS * tickS
	c.totals.SlopeJ += slope * meanMPS * tickS
	c.wheelW = (c.model.massKG*rotatingMass*c.accelMPS2 + drag + rolling + slope) * meanMPS
	c.totals.TractionJ += max(0, c.wheelW) * tickS
	before := c.battery.chargeJ
	absorbed := c.power()
	c.totals.BatteryJ += before - c.battery.chargeJ
	c.brakeW = max(0, -c.wheelW-absorbed)
	c.totals.BrakeJ += c.brakeW * tickS
	burnt := min(c.fuelL, c.engine.fuelGPS/fuelGPerL*tickS)
	c.fuelL -= burnt
	c.totals.FuelJ += burnt * fuelGPerL * fuelJPerG
	if c.trip != nil {
		c.trip.consume(burnt, before-c.battery.chargeJ)
	}
}

// power runs the machines for this tick and returns the braking power at the wheels that they recover.
func (c *Car) power() float64 {
	other := 0.0
	if c.phase != parked {
		other = accessoriesW
		if c.conditioning {
			other += conditioningW
		}
	}
	shaft := c.wheelW / driveline
	if c.wheelW < 0 {
		shaft = c.wheelW * driveline
	}
	switch c.set.Powertrain {
	case vehicle.Electric:
		return c.powerElectric(shaft, other)
	case vehicle.Hybrid:
		return c.powerHybrid(shaft, other)
	default:
		c.engine.running = c.phase == driving || c.phase == idling
		c.engine.step(c.model, shaft+other/0.6, c.speedMPS, c.heat.coolantC, tickS)
		return max(0, -c.engine.powerW) / driveline
	}
}

// regenerates is the largest shaft power that the electric machine may recover at this speed. It fades towards standstill.
func (c *Car) regenerates() float64 {
	room := 1.0
	if c.battery.soc() > 98 {
		room = 0
	}
	return c.model.regenerationW * room * min(1, c.speedMPS/3)
}

func (c *Car) powerElectric(shaft, other float64) float64 {
	shaft = max(shaft, -c.regenerates())
	c.battery.step(shaft, other, c.set.AmbientC, tickS)
	return max(0, -shaft) / driveline
}

const (
	hybridElectricW  = 13_000 // up to this power the engine stays off
	hybridTargetSOC  = 58
	hybridLowSOC     = 42
	hybridRechargeW  = 400 // charging power per percent below the target
	hybridLeastW     = 6_000
	hybridEngineStay = 4 // seconds that the engine stays on or off at least
)

func (c *Car) powerHybrid(shaft, other float64) float64 {
	recharge := hybridRechargeW * (hybridTargetSOC - c.battery.soc())
	want := shaft + other + recharge
	c.sinceEngine += tickS
	if on := c.phase == driving && (want > hybridElectricW || c.battery.soc() < hybridLowSOC); on != c.engine.running &&
		(c.sinceEngine > hybridEngineStay || shaft > c.model.motorW) {
		c.engine.running, c.sinceEngine = on, 0
	}
	engineW := 0.0
	if c.engine.running {
		engineW = min(max(want, hybridLeastW), c.model.engineW)
	}
	c.engine.step(c.model, engineW, c.speedMPS, c.heat.coolantC, tickS)
	motor := max(shaft-max(0, c.engine.powerW), -c.regenerates())
	if c.engine.running && motor < 0 && shaft > 0 {
		motor = shaft - max(0, c.engine.powerW)
	}
	c.battery.step(min(motor, c.model.motorW), other, c.set.AmbientC, tickS)
	if shaft >= 0 {
		return 0
	}
	return max(0, -motor) / driveline
}

// warm updates the temperatures, the 12 V battery and the tyres.
func (c *Car) warm() {
	f := c.set.Faults
	if hasEngine(c.set.Powertrain) {
		heat := c.engine.heatW
		if c.engine.running {
			heat += f.extraHeatW()
		}
		c.heat.step(heat, c.speedMPS, c.set.AmbientC, f.clogged(), tickS)
	} else if f.Overheat && c.phase != parked {
		c.battery.tempC += max(0, 75-c.battery.tempC) * tickS / 90
	}
	if c.began() {
		c.heat.hangsOpen = f.Thermostat
		c.lowVoltage.healthy = c.lowVoltage.healthy && !f.Alternator
	}
	c.lowVoltage.step(c.state(), tickS)
	for i := range c.tyres {
		leak := 0.0
		if i == 1 {
			leak = f.leak()
		}
		if i == 2 && c.began() {
			leak = f.Leak
		}
		c.tyres[i].step(c.speedMPS, c.set.AmbientC, leak, tickS)
	}
}
