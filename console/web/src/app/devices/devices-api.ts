import { HttpErrorResponse } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';

import { AlertsApi } from '../alerts/alerts-api';
import { Api } from '../contract/api';
import { allowVehicle } from '../contract/functions';
import { Alert, NewVehicle } from '../contract/models';
import { problemText } from '../ui/loaded';

/** mostPages bounds how many alerts are read for those of registrations. */
const mostPages = 4;

@Injectable({ providedIn: 'root' })
export class DevicesApi {
  private readonly api = inject(Api);
  private readonly alerts = inject(AlertsApi);

  /** allow puts a car on the allow-list and returns why it could not, in words; undefined where it did. */
  async allow(car: NewVehicle): Promise<string | undefined> {
    try {
      await this.api.invoke(allowVehicle, { 'Idempotency-Key': crypto.randomUUID(), body: car });
      return undefined;
    } catch (error) {
      const status = error instanceof Error && error.cause instanceof HttpErrorResponse ? error.cause.status : error instanceof HttpErrorResponse ? error.status : 0;
      return status === 409 ? $localize`is on the list already` : problemText(error);
    }
  }

  /** denied are the registrations that were refused, and the alert's detail says why. */
  async denied(): Promise<Alert[]> {
    const all: Alert[] = [];
    let nextToken: string | undefined;
    for (let n = 0; n < mostPages; n++) {
      const page = await this.alerts.page('OPEN', nextToken);
      all.push(...page.items.filter((a) => a.kind === 'registration_denied' || a.kind === 'identity_mismatch'));
      nextToken = page.nextToken;
      if (!nextToken) {
        break;
      }
    }
    return all;
  }
}
