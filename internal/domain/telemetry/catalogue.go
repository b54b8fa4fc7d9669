package telemetry

// Signal is the catalogue's entry for one VSS path: unit, kind and limits.
type Signal struct {
	Path string
	Unit string // as in VSS: km/h, m, degrees, percent, celsius ...; empty if the value has none
	Kind Kind
	// Min and Max bound the plausible values of a working sensor on a road vehicle, in Unit, both inclusive. They apply to KindNumber only.
	Min, Max float64
	// Allowed are all values of an enumeration; empty if any text is allowed.
	Allowed []string
}

// catalogue lists every signal of the platform's vocabulary. Its ranges are the platform's own, wide enough for any road vehicle; if OBD-II
// has the signal, its encodable range (SAE J1979) lies within.
// https://covesa.github.io/vehicle_signal_specification/
var catalogue = []Signal{
	number(Speed, "km/h", -300, 500),
	number(TraveledDistance, "m", 0, 1e10),
	number(Latitude, "degrees", -90, 90),
	number(Longitude, "degrees", -180, 180),
	number(Altitude, "m", -500, 9000),
	number(Heading, "degrees", 0, 360),
	number(HorizontalAccuracy, "m", 0, 1e5),
	number(AccelerationLongitudinal, "m/s^2", -200, 200),
	number(AccelerationLateral, "m/s^2", -200, 200),
	number(AccelerationVertical, "m/s^2", -200, 200),
	enumeration(LowVoltageSystemState, "UNDEFINED", "LOCK", "OFF", "ACC", "ON", "START"),
	number(LowVoltageBattery, "V", 0, 80),
	enumeration(PowertrainType, "COMBUSTION", "HYBRID", "ELECTRIC"),
	number(EngineSpeed, "rpm", 0, 25000),
	number(EngineThrottle, "percent", 0, 100),
	number(EngineMAF, "g/s", 0, 3000),
	number(EngineMAP, "kPa", 0, 1000),
	number(EngineCoolant, "celsius", -60, 250),
	number(EngineOil, "celsius", -60, 300),
	number(FuelLevel, "percent", 0, 100),
	number(StateOfCharge, "percent", 0, 100),
	number(StateOfHealth, "percent", 0, 120),
	number(TractionBatteryMax, "celsius", -60, 300),
	{Path: IsCharging, Kind: KindBool},
	number(CurrentGear, "", -10, 30),
	number(AcceleratorPedal, "percent", 0, 100),
	number(BrakePedal, "percent", 0, 100),
	number(TirePressureFrontLeft, "kPa", 0, 2000),
	number(TirePressureFrontRight, "kPa", 0, 2000),
	number(TirePressureRearLeft, "kPa", 0, 2000),
	number(TirePressureRearRight, "kPa", 0, 2000),
	number(AmbientAir, "celsius", -90, 90),
	{Path: IsAirConditioning, Kind: KindBool},
	number(DTCCount, "", 0, 65536),
	{Path: DTCList, Kind: KindTexts},
	{Path: IsServiceDue, Kind: KindBool},
}

func number(path, unit string, lowest, highest float64) Signal {
	return Signal{Path: path, Unit: unit, Kind: KindNumber, Min: lowest, Max: highest}
}

func enumeration(path string, allowed ...string) Signal {
	return Signal{Path: path, Kind: KindText, Allowed: allowed}
}

var byPath = index(catalogue)

func index(signals []Signal) map[string]Signal {
	m := make(map[string]Signal, len(signals))
	for _, s := range signals {
		m[s.Path] = s
	}
	return m
}

// Catalogue returns every signal that the platform knows by name.
func Catalogue() []Signal { return append([]Signal(nil), catalogue...) }

// Lookup returns the catalogue's entry for a path; ok is false if there is none.
func Lookup(path string) (Signal, bool) {
	s, ok := byPath[path]
	return s, ok
}

// Plausible reports whether a working sensor can report v. Null is plausible, and so is a value of another kind than the
// signal's: Decode checks kinds.
func (s Signal) Plausible(v Value) bool {
	f, isNumber := v.Number()
	return s.Kind != KindNumber || !isNumber || (s.Min <= f && f <= s.Max)
}

// NullImplausible replaces every implausible value by Null, so that one broken sensor neither makes the platform reject its car's messages
// nor raises an alert, and returns the paths of those values in any order.
func (m *Message) NullImplausible() []string {
	paths := m.Signals.nullImplausible(nil)
	for _, sample := range m.Batch {
		paths = sample.Signals.nullImplausible(paths)
	}
	return paths
}

func (s Signals) nullImplausible(paths []string) []string {
	for path, v := range s {
		if v.kind != KindNumber {
			continue
		}
		if signal, known := catalogued[path]; known && (v.num < signal.Min || v.num > signal.Max) {
			s[path] = Null
			paths = append(paths, path)
		}
	}
	return s.nullNowhere(paths)
}

// Unknown returns the number of values of signals outside the catalogue.
func (m Message) Unknown() int {
	n := m.Signals.unknown()
	for _, sample := range m.Batch {
		n += sample.Signals.unknown()
	}
	return n
}

func (s Signals) unknown() int {
	n := 0
	for path := range s {
		if catalogued[path] == nil {
			n++
		}
	}
	return n
}
