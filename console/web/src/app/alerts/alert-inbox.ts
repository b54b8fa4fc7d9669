import { ChangeDetectionStrategy, Component, computed, inject, linkedSignal, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatButtonToggle, MatButtonToggleGroup } from '@angular/material/button-toggle';
import { MatSnackBar } from '@angular/material/snack-bar';

import { Alert, AlertPage } from '../contract/models';
import { Live } from '../live/live';
import { LiveBadge } from '../live/live-badge';
import { Loaded, problemText } from '../ui/loaded';
import { AlertTable } from './alert-table';
import { AlertsApi } from './alerts-api';

type Filter = Alert['status'] | '';

@Component({
  selector: 'cc-alert-inbox',
  imports: [AlertTable, LiveBadge, Loaded, MatButton, MatButtonToggle, MatButtonToggleGroup],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="row head">
      <h1 i18n>Alerts</h1>
      <cc-live-badge [stream]="live" watch="alerts" />
      <span class="spacer"></span>
      <button mat-flat-button type="button" [disabled]="chosen().length === 0" (click)="acknowledge(chosenAlerts())" i18n>
        Acknowledge chosen ({{ chosen().length }})
      </button>
      <mat-button-toggle-group [value]="only()" (valueChange)="only.set($event)" i18n-aria-label aria-label="Status">
        <mat-button-toggle value="OPEN" i18n>Open</mat-button-toggle>
        <mat-button-toggle value="ACKNOWLEDGED" i18n>Acknowledged</mat-button-toggle>
        <mat-button-toggle value="RESOLVED" i18n>Resolved</mat-button-toggle>
        <mat-button-toggle value="" i18n>All</mat-button-toggle>
      </mat-button-toggle-group>
    </div>
    <section class="panel">
      <cc-loaded [of]="first" [empty]="alerts().length === 0 ? nothing : false">
        <cc-alert-table [alerts]="alerts()" [(chosen)]="chosen" (acknowledge)="acknowledge($event)" [mayDismiss]="true" (dismiss)="dismiss($event)" />
        @if (next()) {
          <button mat-button type="button" (click)="more()" i18n>More alerts</button>
        }
      </cc-loaded>
    </section>
  `,
  styles: `
    .head {
      margin-bottom: 12px;
    }
  `,
})
export class AlertInbox {
  private readonly api = inject(AlertsApi);
  private readonly bar = inject(MatSnackBar);
  protected readonly nothing = $localize`No alerts here.`;
  protected readonly only = signal<Filter>('OPEN');
  protected readonly chosen = linkedSignal<Filter, string[]>({ source: this.only, computation: () => [] });
  protected readonly live = inject(Live).follow(computed(() => ['alerts']));
  private readonly newest = computed(() => this.live.of<AlertPage>('alerts')?.body);
  // What is new on the live stream loads the list again, in its order and with its filter.
  protected readonly first = resource({
    params: () => ({ only: this.only(), newest: this.newest() }),
    loader: ({ params }) => this.api.page(params.only || undefined),
  });
  private readonly kept = linkedSignal<AlertPage | undefined, AlertPage>({
    source: () => (this.first.hasValue() ? this.first.value() : undefined),
    computation: (page, was) => page ?? was?.value ?? { items: [] },
  });
  protected readonly alerts = computed(() => this.kept().items);
  protected readonly next = computed(() => this.kept().nextToken);
  protected readonly chosenAlerts = computed(() => this.alerts().filter((a) => this.chosen().includes(a.alertId)));

  protected async more(): Promise<void> {
    try {
      const page = await this.api.page(this.only() || undefined, this.next());
      this.kept.update((was) => ({ items: [...was.items, ...page.items], nextToken: page.nextToken }));
    } catch (error) {
      this.bar.open(problemText(error), undefined, { duration: 6000 });
    }
  }

  protected async dismiss(a: Alert): Promise<void> {
    try {
      const next = await this.api.dismiss(a);
      this.kept.update((page) => ({ ...page, items: page.items.map((x) => (x.alertId === a.alertId ? next : x)) }));
      this.bar.open($localize`The limit is wider for this car now`, undefined, { duration: 4000 });
    } catch (error) {
      this.bar.open(problemText(error), undefined, { duration: 6000 });
    }
  }

  /** acknowledge shows the alerts as acknowledged at once, and takes that back for those where it fails. */
  protected async acknowledge(alerts: Alert[]): Promise<void> {
    const put = (next: Alert) => this.kept.update((page) => ({ ...page, items: page.items.map((a) => (a.alertId === next.alertId ? next : a)) }));
    this.chosen.set([]);
    let failed = 0;
    for (const a of alerts) {
      put({ ...a, status: 'ACKNOWLEDGED' });
      try {
        put(await this.api.acknowledge(a));
      } catch (error) {
        failed++;
        put(a);
        this.bar.open(problemText(error), undefined, { duration: 6000 });
      }
    }
    if (failed === 0) {
      this.bar.open($localize`Acknowledged`, undefined, { duration: 3000 });
    }
  }
}
