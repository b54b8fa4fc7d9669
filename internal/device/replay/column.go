package replay

import (
	"regexp"
	"strings"
	"unicode"

	"connectedcar/internal/domain/telemetry"
)

// target is what a column holds: a signal, or one of the roles below.
type target struct {
	path     string   // signal, or a role
	quantity quantity // that its unit must measure
	unit     string   // where neither header nor cell names one; empty: that of VSS
	rank     int      // among columns of the same signal the lowest with a value is taken
	low      float64  // what a sensor can say, in the unit of VSS
	high     float64
}

// Roles of columns that are not signals.
const (
	roleTime    = "time"
	roleDate    = "date"
	roleElapsed = "time since start"
	roleVehicle = "vehicle"
	roleCodes   = telemetry.DTCList
	roleCount   = telemetry.DTCCount
)

type alias struct {
	target
	names string // separated by spaces, each without spaces, marks and case
}

// aliases are the names that loggers give, at least Torque, Car Scanner, OBD Auto Doctor, OBD Fusion, FORScan and AndrOBD.
var aliases = []alias{
	{target{roleTime, plain, "", 0, 0, 0}, "time timestamp datetime devicetime ts epoch unixtime timems logtime date_time recordedat"},
	{target{roleTime, plain, "", 1, 0, 0}, "gpstime"},
	{target{roleDate, plain, "", 0, 0, 0}, "date devicedate day"},
	{target{roleElapsed, seconds, "s", 0, 0, 0}, "seconds timesec times elapsed elapsedtime engineruntime runtime runtimesinceenginestart timesinceenginestart timerunsinceenginestart enginerunningtime runtimesincestart"},
	{target{roleVehicle, plain, "", 0, 0, 0}, "vehicleid vehicle carid car vin vehiclename vehicleprofile profile"},
	{target{roleCount, plain, "", 0, 0, 255}, "dtcnumber dtccount numberofdtcs numberofdtc dtccnt troublecodescount"},
	{target{roleCodes, plain, "", 0, 0, 0}, "troublecodes dtcs dtc dtclist faultcodes dtccodes"},

	{target{telemetry.Speed, speed, "km/h", 0, 0, 450}, "speed vehiclespeed speedobd obdspeed vehiclespeedsensor vss vehiclespeedobd"},
	{target{telemetry.Speed, speed, "km/h", 1, 0, 450}, "speedgps gpsspeed vehiclespeedgps"},
	{target{telemetry.TraveledDistance, length, "km", 0, 0, 5e9}, "odometer totaldistance mileage odometerreading"},
	{target{telemetry.TraveledDistance, length, "m", 0, 0, 5e9}, "traveleddistance"},
	{target{telemetry.Latitude, angular, "deg", 0, -90, 90}, "latitude lat gpslatitude"},
	{target{telemetry.Longitude, angular, "deg", 0, -180, 180}, "longitude lon lng long gpslongitude"},
	{target{telemetry.Altitude, length, "m", 0, -500, 9000}, "altitude alt gpsaltitude elevation"},
	{target{telemetry.Heading, angular, "deg", 0, 0, 360}, "heading bearing gpsbearing course gpsheading"},
	{target{telemetry.HorizontalAccuracy, length, "m", 0, 0, 10000}, "accuracy gpsaccuracy horizontalaccuracy"},
	{target{telemetry.AccelerationLongitudinal, acceleration, "m/s2", 0, -30, 30}, "longitudinalacceleration accelerationlongitudinal vehicleacceleration"},
	{target{telemetry.AccelerationLateral, acceleration, "m/s2", 0, -30, 30}, "lateralacceleration accelerationlateral"},
	{target{telemetry.LowVoltageBattery, voltage, "V", 0, 0, 36}, "controlmodulevoltage voltagecontrolmodule batteryvoltage modulevoltage ecuvoltage voltage controlmoduleequivalentvoltage vpwr"},
	{target{telemetry.LowVoltageBattery, voltage, "V", 1, 0, 36}, "voltageobdadapter obdmodulevoltage adaptervoltage obdadaptervoltage elmvoltage"},

	{target{telemetry.EngineSpeed, rotation, "rpm", 0, 0, 20000}, "enginerpm rpm enginespeed enginerevs revs enginerevolutions"},
	{target{telemetry.EngineThrottle, percent, "%", 0, 0, 100}, "throttle throttlepos throttleposition throttlepositionmanifold absolutethrottleposition tps"},
	{target{telemetry.EngineThrottle, percent, "%", 1, 0, 100}, "absolutethrottlepositionb relativethrottleposition throttlepos2"},
	{target{telemetry.EngineMAF, flow, "g/s", 0, 0, 1500}, "maf massairflow massairflowrate mafrate airflowrate mafairflowrate mafairflow airflowratefrommassairflowsensor massairflowsensor"},
	{target{telemetry.EngineMAP, pressure, "kPa", 0, 0, 700}, "map intakemanifoldpressure intakemanifoldabsolutepressure manifoldabsolutepressure manifoldpressure intakepressure"},
	{target{telemetry.EngineCoolant, temperature, "C", 0, -60, 220}, "enginecoolanttemp enginecoolanttemperature coolanttemp coolanttemperature coolant ect watertemp enginecoolant"},
	{target{telemetry.EngineOil, temperature, "C", 0, -60, 250}, "engineoiltemp engineoiltemperature oiltemp oiltemperature eot"},
	{target{telemetry.FuelLevel, percent, "%", 0, 0, 100}, "fuellevel fuellevelinput fueltanklevel fuellevelfromengineecu fuelremaining fueltanklevelinput"},
	{target{telemetry.StateOfCharge, percent, "%", 0, 0, 100}, "stateofcharge soc hybridbatterycharge hybridevbatterycharge hybridbatterypackremaininglife hvbatterysoc batterystateofcharge chargelevelhybrid tractionbatterysoc displaysoc"},
	{target{telemetry.StateOfHealth, percent, "%", 0, 0, 100}, "stateofhealth soh batteryhealth batterystateofhealth"},
	{target{telemetry.TractionBatteryMax, temperature, "C", 0, -60, 150}, "hvbatterytemperature hvbatterytemp tractionbatterytemperature maxbatterytemperature batterymaxtemperature"},
	{target{telemetry.CurrentGear, plain, "", 0, -3, 20}, "gear currentgear transmissiongear actualgear"},
	{target{telemetry.AcceleratorPedal, percent, "%", 0, 0, 100}, "acceleratorpedalposition acceleratorpedalpositiond acceleratorpedal acceleratorposition acceleratorpositiond pedalposition accelpedalposition"},
	{target{telemetry.AcceleratorPedal, percent, "%", 1, 0, 100}, "acceleratorpedalpositione acceleratorpedalpositionf acceleratorpositione relativeacceleratorpedalposition"},
	{target{telemetry.BrakePedal, percent, "%", 0, 0, 100}, "brakepedalposition brakeposition brakepedal"},
	{target{telemetry.TirePressureFrontLeft, pressure, "kPa", 0, 0, 1500}, "tirepressurefrontleft tyrepressurefrontleft tirepressurefl tyrepressurefl"},
	{target{telemetry.TirePressureFrontRight, pressure, "kPa", 0, 0, 1500}, "tirepressurefrontright tyrepressurefrontright tirepressurefr tyrepressurefr"},
	{target{telemetry.TirePressureRearLeft, pressure, "kPa", 0, 0, 1500}, "tirepressurerearleft tyrepressurerearleft tirepressurerl tyrepressurerl"},
	{target{telemetry.TirePressureRearRight, pressure, "kPa", 0, 0, 1500}, "tirepressurerearright tyrepressurerearright tirepressurerr tyrepressurerr"},
	{target{telemetry.AmbientAir, temperature, "C", 0, -80, 80}, "ambientairtemp ambientairtemperature ambienttemp ambienttemperature outsidetemp outsidetemperature outsideairtemperature aat"},
}

// recognised are the aliases by name, and the VSS paths themselves.
var recognised = func() map[string]target {
	m := map[string]target{}
	for _, a := range aliases {
		for name := range strings.FieldsSeq(a.names) {
			m[letters(name)] = a.target
		}
		if strings.HasPrefix(a.path, "Vehicle.") && a.rank == 0 {
			t := a.target
			if t.path == telemetry.TraveledDistance {
				t.unit = "m"
			}
			m[letters(a.path)] = t
		}
	}
	return m
}()

// RecognisedNames are the usual names of columns, one for each signal and role, for messages to people.
func RecognisedNames() []string {
	var names []string
	seen := map[string]bool{}
	for _, a := range aliases {
		if !seen[a.path] {
			seen[a.path] = true
			first, _, _ := strings.Cut(a.names, " ")
			names = append(names, first)
		}
	}
	return names
}

// letters leaves letters and digits, in lower case: what all spellings of a name share.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

var bracketed = regexp.MustCompile(`^(.*?)\s*[\(\[]([^()\[\]]*)[\)\]]\s*$`)

// recognise finds what a header names: the name alone, with a unit in brackets, or with a unit as its last word.
func recognise(header string) (target, unit, bool) {
	name, u := header, unit{}
	if m := bracketed.FindStringSubmatch(header); m != nil {
		if found, ok := findUnit(m[2]); ok {
			name, u = m[1], found
		}
	}
	if t, ok := recognised[letters(name)]; ok {
		if u.factor == 0 {
			u, _ = findUnit(t.unit)
		}
		return refine(t, u), u, true
	}
	if cut := strings.LastIndexAny(name, " _,-"); cut > 0 && u.factor == 0 {
		if found, ok := findUnit(name[cut+1:]); ok {
			if t, ok := recognised[letters(name[:cut])]; ok {
				return refine(t, found), found, true
			}
		}
	}
	return target{}, unit{}, false
}

// refine makes a time that counts seconds a time since the start.
func refine(t target, u unit) target {
	if t.path == roleTime && u.quantity == seconds && u.factor == 1 {
		return target{path: roleElapsed, quantity: seconds, unit: "s"}
	}
	return t
}
