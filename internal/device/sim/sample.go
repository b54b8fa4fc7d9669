package sim

import (
	"math"
	"reflect"
	"time"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/names"
)

// fullEvery is the time between two messages that hold every signal. The messages between them hold only changed signals.
const fullEvery = 30 * time.Second

// sample sends the present signals and sets the time of the next sample.
func (c *Car) sample() {
	signals := c.signals()
	c.fail(signals)
	full := c.elapsed >= c.nextFull
	if full {
		c.nextFull = c.elapsed + fullEvery
	}
	c.keepChanged(signals, full)
	c.send(names.Telemetry, telemetry.Message{
		Schema: telemetry.Schema, ID: c.set.NewID(c.now()), TS: c.stamp(), BootID: c.set.BootID,
		Seq: c.count(names.Telemetry), TripID: c.tripID(), Signals: signals,
	})
	interval := c.set.Interval
	if c.phase == parked {
		interval = max(interval, sampleParked)
	}
	c.nextSample = c.elapsed + interval
}

// keepChanged records the sent values. Unless the message is full, it first removes values that are equal to the last sent ones. Speed
// always stays, so that no message is empty.
func (c *Car) keepChanged(signals telemetry.Signals, full bool) {
	for path, v := range signals {
		if last, ok := c.lastSent[path]; ok && !full && path != telemetry.Speed && reflect.DeepEqual(last, v) {
			delete(signals, path)
			continue
		}
		c.lastSent[path] = v
	}
}

// signals reads all sensors.
func (c *Car) signals() telemetry.Signals {
	s := telemetry.Signals{
		telemetry.Speed:                 number(c.speedMPS*3.6, 1),
		telemetry.TraveledDistance:      number(math.Floor(c.odometerM), 0),
		telemetry.LowVoltageSystemState: telemetry.Text(c.state()),
		telemetry.LowVoltageBattery:     number(c.lowVoltage.volts(c.state())+0.02*c.rng.NormFloat64(), 2),
		telemetry.PowertrainType:        telemetry.Text(string(c.set.Powertrain)),
		telemetry.AmbientAir:            number(c.set.AmbientC, 0),
		telemetry.IsAirConditioning:     telemetry.Bool(c.conditioning && c.phase != parked),
		telemetry.DTCCount:              number(float64(len(c.codes)), 0),
		telemetry.DTCList:               telemetry.Texts(append([]string{}, c.codes...)...),
		telemetry.IsServiceDue:          telemetry.Bool(false),
	}
	c.readPlace(s)
	c.readPedals(s)
	c.readTyres(s)
	if hasEngine(c.set.Powertrain) {
		c.readEngine(s)
	}
	if hasBattery(c.set.Powertrain) {
		c.readBattery(s)
	}
	return s
}

func (c *Car) readPlace(s telemetry.Signals) {
	p := c.route.At(c.atM)
	s[telemetry.Latitude] = number(p.Latitude+degrees(c.gnss[0]/earthRadiusM), 6)
	s[telemetry.Longitude] = number(p.Longitude+degrees(c.gnss[1]/earthRadiusM/math.Cos(radians(p.Latitude))), 6)
	s[telemetry.Altitude] = number(p.AltitudeM, 1)
	s[telemetry.Heading] = number(math.Mod(math.Round(p.HeadingDeg), 360), 0)
	s[telemetry.HorizontalAccuracy] = number(3, 0)
	s[telemetry.AccelerationLongitudinal] = number(c.accelMPS2, 2)
	s[telemetry.AccelerationLateral] = number(c.lateralMPS2, 2)
	s[telemetry.AccelerationVertical] = number(gravity+0.02*c.speedMPS*c.rng.NormFloat64(), 2)
}

func (c *Car) readPedals(s telemetry.Signals) {
	accelerator := 0.0
	if c.wheelW > 0 && c.phase == driving {
		accelerator = 100 * math.Pow(min(1, c.wheelW/c.model.powerW(c.set.Powertrain)), 0.6)
	}
	brake := 100 * min(1, c.brakeW/max(c.speedMPS, 1)/(c.model.massKG*7))
	if c.phase == driving && c.speedMPS == 0 || c.phase == idling {
		brake = 12 // brake pedal held at standstill
	}
	s[telemetry.AcceleratorPedal] = number(accelerator, 1)
	s[telemetry.BrakePedal] = number(brake, 1)
}

func (c *Car) readTyres(s telemetry.Signals) {
	for i, path := range [4]string{telemetry.TirePressureFrontLeft, telemetry.TirePressureFrontRight, telemetry.TirePressureRearLeft, telemetry.TirePressureRearRight} {
		s[path] = number(c.tyres[i].kpa(), 0)
	}
}

func (c *Car) readEngine(s telemetry.Signals) {
	rpm := c.engine.rpm
	if c.engine.running {
		rpm += 6 * c.rng.NormFloat64()
	}
	if c.phase == cranking {
		rpm = 220
	}
	s[telemetry.EngineSpeed] = number(max(0, rpm), 0)
	s[telemetry.EngineThrottle] = number(c.engine.throttle, 1)
	s[telemetry.EngineMAF] = number(c.engine.mafGPS, 2)
	s[telemetry.EngineMAP] = number(c.engine.mapKPA, 0)
	s[telemetry.EngineCoolant] = number(c.heat.coolantC, 0)
	s[telemetry.EngineOil] = number(c.heat.oilC, 0)
	s[telemetry.FuelLevel] = number(100*c.fuelL/c.model.tankL, 1)
	s[telemetry.CurrentGear] = number(float64(c.engine.gear), 0)
}

func (c *Car) readBattery(s telemetry.Signals) {
	s[telemetry.StateOfCharge] = number(c.battery.soc(), 1)
	s[telemetry.StateOfHealth] = number(c.battery.health, 1)
	s[telemetry.TractionBatteryMax] = number(c.battery.tempC, 1)
	s[telemetry.IsCharging] = telemetry.Bool(c.battery.charging)
	if c.set.Powertrain == vehicle.Electric {
		gear := 0.0
		if c.phase == driving {
			gear = 1
		}
		s[telemetry.CurrentGear] = number(gear, 0)
	}
}

func number(f float64, decimals int) telemetry.Value { return telemetry.Number(round(f, decimals)) }
