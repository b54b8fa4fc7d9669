import { Injectable, inject } from '@angular/core';

import { Api } from '../contract/api';
import { acknowledgeAlert, dismissAlert, listAlerts, resolveAlert } from '../contract/functions';
import { Alert, AlertPage } from '../contract/models';

@Injectable({ providedIn: 'root' })
export class AlertsApi {
  private readonly api = inject(Api);

  page(status?: Alert['status'], nextToken?: string): Promise<AlertPage> {
    return this.api.invoke(listAlerts, { limit: 50, status, nextToken });
  }

  acknowledge(a: Alert): Promise<Alert> {
    return this.api.invoke(acknowledgeAlert, { vin: a.vin, alertId: a.alertId });
  }

  /** dismiss says that the alert was nothing: the signal's limit becomes wider for that car. */
  dismiss(a: Alert): Promise<Alert> {
    return this.api.invoke(dismissAlert, { vin: a.vin, alertId: a.alertId });
  }

  resolve(a: Alert): Promise<Alert> {
    return this.api.invoke(resolveAlert, { vin: a.vin, alertId: a.alertId });
  }
}
