import { Vehicle } from '../contract/models/vehicle';

export function nameOf(car: Vehicle): string {
  return car.nickname || [car.make, car.model, car.modelYear].filter(Boolean).join(' ') || car.vin;
}

export const statuses: Record<Vehicle['status'], string> = {
  ALLOWED: $localize`allowed`,
  REGISTERED: $localize`registered`,
  REVOKED: $localize`revoked`,
};

export const relations: Record<Vehicle['relation'], string> = {
  owner: $localize`yours`,
  granted: $localize`lent to you`,
  dealer: $localize`in your care`,
  manufacturer: $localize`built by you`,
  operator: $localize`on your platform`,
};
