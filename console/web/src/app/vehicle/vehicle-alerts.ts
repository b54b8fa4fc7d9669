import { ChangeDetectionStrategy, Component, computed, inject, input, resource, signal } from '@angular/core';

import { AlertTable } from '../alerts/alert-table';
import { AlertsApi } from '../alerts/alerts-api';
import { Alert, AlertPage } from '../contract/models';
import { Stream } from '../live/live';
import { Loaded, problemText } from '../ui/loaded';
import { VehicleApi } from './vehicle-api';

@Component({
  selector: 'cc-vehicle-alerts',
  imports: [AlertTable, Loaded],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <section class="panel">
      @if (problem()) {
        <p role="alert">{{ problem() }}</p>
      }
      <cc-loaded [of]="page" [empty]="page.hasValue() && page.value().items.length === 0 ? nothing : false">
        <cc-alert-table [alerts]="page.hasValue() ? page.value().items : []" [withCar]="false" (acknowledge)="acknowledge($event)" [mayDismiss]="true" (dismiss)="dismiss($event)" />
      </cc-loaded>
    </section>
  `,
  styles: `
    :host {
      display: block;
      padding-top: 12px;
    }
  `,
})
export class VehicleAlerts {
  private readonly api = inject(VehicleApi);
  private readonly alerts = inject(AlertsApi);
  readonly vin = input.required<string>();
  readonly live = input.required<Stream>();
  protected readonly nothing = $localize`No alerts here.`;
  protected readonly problem = signal('');
  private readonly newest = computed(() => this.live().of<AlertPage>('alerts:' + this.vin())?.body);
  protected readonly page = resource({ params: () => ({ vin: this.vin(), newest: this.newest() }), loader: ({ params }) => this.api.alerts(params.vin) });

  protected async dismiss(a: Alert): Promise<void> {
    this.problem.set('');
    try {
      await this.alerts.dismiss(a);
    } catch (error) {
      this.problem.set(problemText(error));
    }
    this.page.reload();
  }

  protected async acknowledge(alerts: Alert[]): Promise<void> {
    this.problem.set('');
    try {
      for (const a of alerts) {
        await this.alerts.acknowledge(a);
      }
    } catch (error) {
      this.problem.set(problemText(error));
    }
    this.page.reload();
  }
}
