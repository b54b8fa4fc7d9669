const kinds: Record<string, string> = {
  crash: $localize`Crash`,
  tow: $localize`Towed`,
  engine_overheat: $localize`Engine overheats`,
  oil_overtemp: $localize`Oil too hot`,
  battery_low: $localize`Battery low`,
  tyre_pressure_low: $localize`Tyre pressure low`,
  fuel_low: $localize`Fuel low`,
  soc_low: $localize`Charge low`,
  overspeed: $localize`Overspeed`,
  harsh_driving: $localize`Harsh driving`,
  connectivity_lost: $localize`Connection lost`,
  registration_denied: $localize`Registration denied`,
  identity_mismatch: $localize`Identity mismatch`,
  diagnostics: $localize`Trouble code`,
};

/** kindName is a kind of alert for people; one that is not known here keeps its own name. */
export function kindName(kind: string): string {
  return kinds[kind] ?? kinds[kind.split('.')[0] ?? ''] ?? kind.replaceAll('_', ' ');
}
