package telemetry

// VSSRelease is the release of the COVESA Vehicle Signal Specification whose paths and units are used.
const VSSRelease = "6.0"

// Paths of the signals that the platform knows by name.
const (
	Speed                    = "Vehicle.Speed"            // km/h
	TraveledDistance         = "Vehicle.TraveledDistance" // m
	Latitude                 = "Vehicle.CurrentLocation.Latitude"
	Longitude                = "Vehicle.CurrentLocation.Longitude"
	Altitude                 = "Vehicle.CurrentLocation.Altitude"                              // m
	Heading                  = "Vehicle.CurrentLocation.Heading"                               // degrees from north, clockwise
	HorizontalAccuracy       = "Vehicle.CurrentLocation.HorizontalAccuracy"                    // m
	AccelerationLongitudinal = "Vehicle.Acceleration.Longitudinal"                             // m/s^2, forwards positive
	AccelerationLateral      = "Vehicle.Acceleration.Lateral"                                  // m/s^2
	AccelerationVertical     = "Vehicle.Acceleration.Vertical"                                 // m/s^2
	LowVoltageSystemState    = "Vehicle.LowVoltageSystemState"                                 // UNDEFINED, LOCK, OFF, ACC, ON, START
	LowVoltageBattery        = "Vehicle.LowVoltageBattery.CurrentVoltage"                      // V
	PowertrainType           = "Vehicle.Powertrain.Type"                                       // COMBUSTION, HYBRID, ELECTRIC
	EngineSpeed              = "Vehicle.Powertrain.CombustionEngine.Speed"                     // rpm
	EngineThrottle           = "Vehicle.Powertrain.CombustionEngine.TPS"                       // percent
	EngineMAF                = "Vehicle.Powertrain.CombustionEngine.MAF"                       // g/s
	EngineMAP                = "Vehicle.Powertrain.CombustionEngine.MAP"                       // kPa
	EngineCoolant            = "Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature" // Celsius
	EngineOil                = "Vehicle.Powertrain.CombustionEngine.EngineOil.Temperature"     // Celsius
	FuelLevel                = "Vehicle.Powertrain.FuelSystem.RelativeLevel"                   // percent
	StateOfCharge            = "Vehicle.Powertrain.TractionBattery.StateOfCharge.Current"      // percent
	StateOfHealth            = "Vehicle.Powertrain.TractionBattery.StateOfHealth"              // percent
	TractionBatteryMax       = "Vehicle.Powertrain.TractionBattery.Temperature.Max"            // Celsius
	IsCharging               = "Vehicle.Powertrain.TractionBattery.Charging.IsCharging"
	CurrentGear              = "Vehicle.Powertrain.Transmission.CurrentGear"
	AcceleratorPedal         = "Vehicle.Chassis.Accelerator.PedalPosition"           // percent
	BrakePedal               = "Vehicle.Chassis.Brake.PedalPosition"                 // percent
	TirePressureFrontLeft    = "Vehicle.Chassis.Axle.Row1.Wheel.Left.Tire.Pressure"  // kPa
	TirePressureFrontRight   = "Vehicle.Chassis.Axle.Row1.Wheel.Right.Tire.Pressure" // kPa
	TirePressureRearLeft     = "Vehicle.Chassis.Axle.Row2.Wheel.Left.Tire.Pressure"  // kPa
	TirePressureRearRight    = "Vehicle.Chassis.Axle.Row2.Wheel.Right.Tire.Pressure" // kPa
	AmbientAir               = "Vehicle.Cabin.HVAC.AmbientAirTemperature"            // Celsius
	IsAirConditioning        = "Vehicle.Cabin.HVAC.IsAirConditioningActive"
	DTCCount                 = "Vehicle.Diagnostics.DTCCount"
	DTCList                  = "Vehicle.Diagnostics.DTCList"
	IsServiceDue             = "Vehicle.Service.IsServiceDue"
)
