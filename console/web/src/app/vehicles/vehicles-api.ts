import { Injectable, inject } from '@angular/core';

import { Api } from '../contract/api';
import { claimVehicle, getFleetSummary, getTopDiagnostics, listVehicles } from '../contract/functions';
import { FleetSummary, TopFaults, Vehicle, VehiclePage } from '../contract/models';

const pageSize = 50;

/** VehiclesApi reads many cars at once. */
@Injectable({ providedIn: 'root' })
export class VehiclesApi {
  private readonly api = inject(Api);

  /** page is the next cars. A page of the API may have few or none and go on: it lists by relation, one after the other. */
  async page(nextToken?: string): Promise<VehiclePage> {
    const all: VehiclePage = { items: [], nextToken };
    for (let n = 0; n < 4 && all.items.length < pageSize && (n === 0 || all.nextToken); n++) {
      const page = await this.api.invoke(listVehicles, { limit: pageSize, nextToken: all.nextToken });
      all.items.push(...page.items);
      all.nextToken = page.nextToken;
    }
    return all;
  }

  summary(): Promise<FleetSummary> {
    return this.api.invoke(getFleetSummary);
  }

  topFaults(): Promise<TopFaults> {
    return this.api.invoke(getTopDiagnostics, { limit: 8 });
  }

  claim(vin: string, code: string): Promise<Vehicle> {
    return this.api.invoke(claimVehicle, { 'Idempotency-Key': crypto.randomUUID(), body: { vin, code } });
  }
}
