import { Vehicle } from '../contract/models/vehicle';

/** What the API allows somebody with that relation to a car. It hides what would be refused; the API refuses it anyway. */
const allowed = {
  climate: ['owner', 'granted', 'dealer', 'operator'],
  setClimate: ['owner', 'granted'],
  commands: ['owner', 'granted', 'dealer', 'operator'],
  drive: ['owner', 'granted'],
  diagnose: ['owner', 'granted', 'dealer'],
  trips: ['owner', 'granted'],
  position: ['owner', 'granted', 'dealer', 'operator'],
  acknowledgeFault: ['owner', 'granted', 'dealer'],
  clearFault: ['dealer'],
  certificates: ['manufacturer', 'operator'],
  handOver: ['owner', 'dealer'],
} as const satisfies Record<string, readonly Vehicle['relation'][]>;

export function may(car: Vehicle, action: keyof typeof allowed): boolean {
  if (action === 'handOver' && car.relation === 'dealer') {
    return !car.owned;
  }
  return (allowed[action] as readonly string[]).includes(car.relation);
}
