import { ChangeDetectionStrategy, Component, computed, inject, resource } from '@angular/core';
import { RouterLink } from '@angular/router';

import { AlertPage } from '../contract/models';
import { Live } from '../live/live';
import { LiveBadge } from '../live/live-badge';
import { kindName } from '../alerts/kinds';
import { Clock } from '../ui/clock';
import { ago, number } from '../ui/format';
import { Loaded } from '../ui/loaded';
import { Severity } from '../ui/severity';
import { VehiclesApi } from '../vehicles/vehicles-api';

@Component({
  selector: 'cc-fleet',
  imports: [LiveBadge, Loaded, RouterLink, Severity],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="row head">
      <h1 i18n>Fleet</h1>
      <cc-live-badge [stream]="live" watch="alerts" />
    </div>
    <cc-loaded [of]="summary">
      @if (summary.hasValue()) {
        @let s = summary.value();
        <dl class="numbers">
          <div class="panel">
            <dt i18n>Vehicles</dt>
            <dd>{{ number(s.counted) }}{{ s.complete ? '' : '+' }}</dd>
          </div>
          <div class="panel">
            <dt i18n>Registered</dt>
            <dd>{{ number(s.registered) }}</dd>
          </div>
          <div class="panel">
            <dt i18n>Connected now</dt>
            <dd>{{ number(s.connected) }}</dd>
          </div>
          <div class="panel">
            <dt i18n>With open faults</dt>
            <dd>{{ number(s.openFaults) }}</dd>
          </div>
          <div class="panel">
            <dt i18n>Open alerts</dt>
            <dd>{{ number(s.openAlerts) }}</dd>
          </div>
        </dl>
        @if (!s.complete) {
          <p class="muted" i18n>Counted over the first {{ number(s.counted) }} vehicles.</p>
        }
      }
    </cc-loaded>
    <div class="grid">
      <section class="panel">
        <h2 i18n>By model</h2>
        <cc-loaded [of]="summary" [empty]="summary.hasValue() && summary.value().byModel.length === 0 ? noVehicles : false">
          <table>
            @for (m of models(); track m.name) {
              <tr>
                <td>{{ m.name }}</td>
                <td class="bar"><meter min="0" [max]="most()" [value]="m.vehicles" [attr.aria-label]="m.name"></meter></td>
                <td class="right">{{ number(m.vehicles) }}</td>
              </tr>
            }
          </table>
        </cc-loaded>
      </section>
      <section class="panel">
        <h2 i18n>Most frequent open faults</h2>
        <cc-loaded [of]="top" [empty]="top.hasValue() && top.value().items.length === 0 ? noFaults : false">
          <table>
            @if (top.hasValue()) {
              @for (f of top.value().items; track f.code) {
                <tr>
                  <td class="code">{{ f.code }}</td>
                  <td>{{ f.description }}</td>
                  <td><cc-severity [level]="f.severity" /></td>
                  <td class="right">{{ number(f.vehicles) }}</td>
                </tr>
              }
            }
          </table>
        </cc-loaded>
      </section>
      <section class="panel">
        <h2 i18n>Newest alerts</h2>
        @for (a of alerts(); track a.alertId) {
          <p class="row alert">
            <cc-severity [level]="a.severity" /> {{ kindName(a.kind) }}
            <a [routerLink]="['/vehicles', a.vin]" class="code">{{ a.vin }}</a>
            <span class="spacer"></span><span class="muted">{{ ago(a.lastAt, clock.now()) }}</span>
          </p>
        } @empty {
          <p class="muted" i18n>No alerts.</p>
        }
        <a routerLink="/alerts" i18n>All alerts</a>
      </section>
    </div>
  `,
  styles: `
    .head {
      margin-bottom: 12px;
    }
    .numbers {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(130px, 1fr));
      gap: 12px;
      margin: 0 0 12px;
    }
    dt {
      color: var(--cc-muted);
    }
    dd {
      margin: 0;
      font-size: 28px;
      font-weight: 600;
    }
    .grid {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(340px, 1fr));
      gap: 12px;
    }
    .right {
      text-align: end;
    }
    .bar {
      width: 45%;
    }
    meter {
      width: 100%;
    }
    .alert {
      margin: 0 0 8px;
    }
    @media (max-width: 420px) {
      .grid {
        grid-template-columns: minmax(0, 1fr);
      }
    }
  `,
})
export class Fleet {
  private readonly api = inject(VehiclesApi);
  protected readonly clock = inject(Clock);
  protected readonly summary = resource({ loader: () => this.api.summary() });
  protected readonly top = resource({ loader: () => this.api.topFaults() });
  protected readonly live = inject(Live).follow(computed(() => ['alerts']));
  protected readonly alerts = computed(() => this.live.of<AlertPage>('alerts')?.body?.items.slice(0, 6) ?? []);
  protected readonly models = computed(() =>
    this.summary.hasValue() ? this.summary.value().byModel.map((m) => ({ name: `${m.make} ${m.model}`, vehicles: m.vehicles })) : [],
  );
  protected readonly most = computed(() => Math.max(1, ...this.models().map((m) => m.vehicles)));
  protected readonly noVehicles = $localize`There are no vehicles for you yet.`;
  protected readonly noFaults = $localize`No open faults.`;
  protected readonly number = number;
  protected readonly ago = ago;
  protected readonly kindName = kindName;
}
