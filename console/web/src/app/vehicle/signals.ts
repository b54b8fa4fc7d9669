/** The signals that have a name of their own here, by VSS path. The others are shown by their path. */
export const signals: Record<string, { name: string; unit: string; digits: number }> = {
  'Vehicle.Speed': { name: $localize`Speed`, unit: 'km/h', digits: 0 },
  'Vehicle.Powertrain.CombustionEngine.Speed': { name: $localize`Engine speed`, unit: 'rpm', digits: 0 },
  'Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature': { name: $localize`Coolant`, unit: '°C', digits: 0 },
  'Vehicle.Powertrain.CombustionEngine.EngineOil.Temperature': { name: $localize`Engine oil`, unit: '°C', digits: 0 },
  'Vehicle.Powertrain.FuelSystem.RelativeLevel': { name: $localize`Fuel`, unit: '%', digits: 0 },
  'Vehicle.Powertrain.TractionBattery.StateOfCharge.Current': { name: $localize`Charge`, unit: '%', digits: 0 },
  'Vehicle.LowVoltageBattery.CurrentVoltage': { name: $localize`Battery`, unit: 'V', digits: 1 },
  'Vehicle.TraveledDistance': { name: $localize`Odometer`, unit: 'km', digits: 0 },
  'Vehicle.Cabin.HVAC.AmbientAirTemperature': { name: $localize`Cabin`, unit: '°C', digits: 1 },
};

/** inUnit is a signal's value in the unit that people read: distances come in metres. */
export function inUnit(path: string, value: unknown): unknown {
  return path === 'Vehicle.TraveledDistance' && typeof value === 'number' ? value / 1000 : value;
}

export const latitude = 'Vehicle.CurrentLocation.Latitude';
export const longitude = 'Vehicle.CurrentLocation.Longitude';

/** shortName is a signal for people. */
export function shortName(path: string): string {
  return signals[path]?.name ?? path.replace(/^Vehicle\./, '');
}
