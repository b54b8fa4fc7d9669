import { ChangeDetectionStrategy, Component, computed, effect, inject, input, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatTab, MatTabContent, MatTabGroup } from '@angular/material/tabs';
import { Title } from '@angular/platform-browser';

import { State } from '../contract/models/state';
import { Live } from '../live/live';
import { LiveBadge } from '../live/live-badge';
import { Clock } from '../ui/clock';
import { Connection } from '../ui/connection';
import { ago } from '../ui/format';
import { Loaded, problemText } from '../ui/loaded';
import { nameOf, relations, statuses } from '../vehicles/words';
import { Certificates } from './certificates';
import { Commands } from './commands';
import { Faults } from './faults';
import { Health } from './health';
import { History } from './history';
import { may } from './may';
import { Overview } from './overview';
import { Trips } from './trips';
import { VehicleAlerts } from './vehicle-alerts';
import { VehicleApi } from './vehicle-api';

@Component({
  selector: 'cc-vehicle-page',
  imports: [Certificates, Commands, Connection, Faults, Health, History, LiveBadge, Loaded, MatButton, MatTab, MatTabContent, MatTabGroup, Overview, Trips, VehicleAlerts],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <cc-loaded [of]="vehicle">
      @if (vehicle.hasValue()) {
        @let car = vehicle.value();
        <div class="row head">
          <h1>{{ nameOf(car) }}</h1>
          <span class="code">{{ car.vin }}</span>
          <cc-connection [connected]="state()?.connected" [stale]="live.health() === 'stale'" />
          <cc-live-badge [stream]="live" [watch]="'state:' + vin()" />
          <span class="muted" i18n>reported {{ ago(state()?.at, clock.now()) }}</span>
          <span class="spacer"></span>
          @if (may(car, 'handOver')) {
            <button mat-stroked-button type="button" (click)="handOver()" i18n>Make a claim code</button>
          }
        </div>
        <p class="muted facts">
          {{ statuses[car.status] }} · {{ relations[car.relation] }} · <ng-container i18n>manufacturer</ng-container> {{ car.manufacturerId }}
          @if (car.dealerId) {
            · <ng-container i18n>dealer</ng-container> {{ car.dealerId }}
          }
        </p>
        @if (code(); as c) {
          <p class="panel" role="status">
            <span i18n>Claim code, shown once and good for a day:</span> <strong class="code">{{ c }}</strong>
          </p>
        }
        @if (problem()) {
          <p role="alert">{{ problem() }}</p>
        }
        @if (state()?.clockSkewed) {
          <p role="status" class="muted" i18n>This car's clock is more than five minutes off: its times are not exact.</p>
        }
        <mat-tab-group animationDuration="0" mat-stretch-tabs="false">
          <mat-tab i18n-label label="Now">
            <ng-template matTabContent><cc-overview [car]="car" [live]="live" /></ng-template>
          </mat-tab>
          <mat-tab i18n-label label="History">
            <ng-template matTabContent><cc-history [vin]="car.vin" [state]="state()" /></ng-template>
          </mat-tab>
          @if (may(car, 'trips')) {
            <mat-tab i18n-label label="Trips">
              <ng-template matTabContent><cc-trips [vin]="car.vin" /></ng-template>
            </mat-tab>
          }
          <mat-tab i18n-label label="Faults">
            <ng-template matTabContent><cc-faults [car]="car" /></ng-template>
          </mat-tab>
          <mat-tab i18n-label label="Alerts">
            <ng-template matTabContent><cc-vehicle-alerts [vin]="car.vin" [live]="live" /></ng-template>
          </mat-tab>
          <mat-tab i18n-label label="Health">
            <ng-template matTabContent><cc-health [car]="car" /></ng-template>
          </mat-tab>
          @if (may(car, 'commands')) {
            <mat-tab i18n-label label="Commands">
              <ng-template matTabContent><cc-commands [car]="car" [live]="live" /></ng-template>
            </mat-tab>
          }
          @if (may(car, 'certificates')) {
            <mat-tab i18n-label label="Certificates">
              <ng-template matTabContent><cc-certificates [vin]="car.vin" /></ng-template>
            </mat-tab>
          }
        </mat-tab-group>
      }
    </cc-loaded>
  `,
  styles: `
    .facts {
      margin: 4px 0 8px;
    }
  `,
})
export class VehiclePage {
  private readonly api = inject(VehicleApi);
  private readonly title = inject(Title);
  protected readonly clock = inject(Clock);
  readonly vin = input.required<string>();
  protected readonly vehicle = resource({ params: () => this.vin(), loader: ({ params }) => this.api.vehicle(params) });
  // Whoever may not see the car follows nothing of it, so that the page asks for what it shows alone.
  private readonly watches = computed(() => {
    if (!this.vehicle.hasValue()) {
      return [];
    }
    const car = this.vehicle.value();
    const all = ['state', 'alerts', ...(may(car, 'climate') ? ['climate'] : []), ...(may(car, 'commands') ? ['commands'] : [])];
    return [...all, ...(car.relation === 'dealer' || car.relation === 'operator' ? ['location'] : [])].map((kind) => `${kind}:${car.vin}`);
  });
  protected readonly live = inject(Live).follow(this.watches);
  protected readonly state = computed(() => this.live.of<State>('state:' + this.vin())?.body ?? undefined);
  protected readonly code = signal('');
  protected readonly problem = signal('');
  protected readonly nameOf = nameOf;
  protected readonly relations = relations;
  protected readonly statuses = statuses;
  protected readonly may = may;
  protected readonly ago = ago;

  constructor() {
    effect(() => this.vehicle.hasValue() && this.title.setTitle(nameOf(this.vehicle.value())));
  }

  protected async handOver(): Promise<void> {
    this.problem.set('');
    try {
      this.code.set((await this.api.claimCode(this.vin())).code);
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }
}
