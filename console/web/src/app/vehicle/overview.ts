import { ChangeDetectionStrategy, Component, computed, inject, input, linkedSignal, resource } from '@angular/core';

import { Location, Sample, State, Vehicle } from '../contract/models';
import { Stream } from '../live/live';
import { CarMap, Placed } from '../map/car-map';
import { Clock } from '../ui/clock';
import { ago, number } from '../ui/format';
import { nameOf } from '../vehicles/words';
import { Climate } from './climate';
import { may } from './may';
import { inUnit, latitude, longitude, shortName, signals } from './signals';
import { VehicleApi } from './vehicle-api';

/** longestWay is the number of positions that the line behind a car keeps. */
const longestWay = 600;

/** Overview is a car now: its signals, where it is, and its climate. */
@Component({
  selector: 'cc-overview',
  imports: [CarMap, Climate],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="grid">
      <section class="panel" aria-live="off">
        <h2 i18n>Signals</h2>
        @if (!state()) {
          <p class="muted" i18n>Waiting for the first report.</p>
        } @else if (gauges().length === 0) {
          <p class="muted" i18n>This car has not reported any signal yet.</p>
        }
        <dl>
          @for (g of gauges(); track g.path) {
            <div [class.old]="g.old">
              <dt>{{ g.name }}</dt>
              <dd [attr.data-signal]="g.path">
                {{ g.value }} <small>{{ g.unit }}</small>
              </dd>
            </div>
          }
        </dl>
        @if (rest().length > 0) {
          <details>
            <summary i18n>All signals ({{ rest().length }})</summary>
            <table>
              @for (r of rest(); track r.path) {
                <tr>
                  <td class="code">{{ r.name }}</td>
                  <td class="right">{{ r.value }} {{ r.unit }}</td>
                  <td class="muted">{{ ago(r.at, clock.now()) }}</td>
                </tr>
              }
            </table>
          </details>
        }
      </section>
      <div class="stack">
        @if (may(car(), 'climate')) {
          <cc-climate [car]="car()" [live]="live()" />
        }
        <section class="panel">
          <h2 i18n>Position</h2>
          @if (placed().length > 0) {
            <cc-map [cars]="placed()" [way]="way()" />
            <p class="code muted" data-testid="position">{{ number(placed()[0]?.latitude, 5) }}, {{ number(placed()[0]?.longitude, 5) }}</p>
          } @else {
            <p class="muted">{{ noPosition() }}</p>
          }
        </section>
      </div>
    </div>
  `,
  styles: `
    .grid {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(340px, 1fr));
      gap: 12px;
      align-items: start;
      padding-top: 12px;
    }
    .stack {
      display: grid;
      gap: 12px;
      grid-template-columns: minmax(0, 1fr);
      min-width: 0;
    }
    dl {
      display: grid;
      grid-template-columns: repeat(auto-fill, minmax(130px, 1fr));
      gap: 14px;
      margin: 0;
    }
    dt {
      color: var(--cc-muted);
    }
    dd {
      margin: 0;
      font-size: 26px;
      font-weight: 600;
    }
    small {
      font-size: 13px;
      font-weight: 400;
      color: var(--cc-muted);
    }
    .old dd {
      color: var(--cc-muted);
      font-weight: 400;
    }
    details {
      margin-top: 14px;
    }
    summary {
      cursor: pointer;
    }
    .right {
      text-align: end;
    }
    cc-map {
      height: 380px;
    }
    @media (max-width: 420px) {
      .grid {
        grid-template-columns: minmax(0, 1fr);
      }
    }
  `,
})
export class Overview {
  private readonly api = inject(VehicleApi);
  protected readonly clock = inject(Clock);
  readonly car = input.required<Vehicle>();
  readonly live = input.required<Stream>();
  protected readonly state = computed(() => this.live().of<State>('state:' + this.car().vin)?.body ?? undefined);
  private readonly located = computed(() => this.live().of<Location>('location:' + this.car().vin));
  protected readonly may = may;
  protected readonly ago = ago;
  protected readonly number = number;

  private readonly readings = computed(() =>
    Object.entries(this.state()?.signals ?? {}).map(([path, r]) => ({
      path,
      at: r.at,
      known: path in signals,
      name: shortName(path),
      unit: signals[path]?.unit ?? r.unit ?? '',
      old: new Date(this.state()?.at ?? r.at).getTime() - new Date(r.at).getTime() > 60_000,
      value: text(inUnit(path, r.value), signals[path]?.digits ?? 2),
    })),
  );
  private readonly order = Object.keys(signals);
  protected readonly gauges = computed(() =>
    this.readings()
      .filter((r) => r.known)
      .sort((a, b) => this.order.indexOf(a.path) - this.order.indexOf(b.path)),
  );
  protected readonly rest = computed(() =>
    this.readings()
      .filter((r) => !r.known)
      .sort((a, b) => a.path.localeCompare(b.path)),
  );

  protected readonly placed = computed((): Placed[] => {
    const all = this.state()?.signals;
    const own = this.located()?.status === 200 ? this.located()?.body : undefined;
    const at = { latitude: own?.latitude ?? all?.[latitude]?.value, longitude: own?.longitude ?? all?.[longitude]?.value };
    return typeof at.latitude === 'number' && typeof at.longitude === 'number'
      ? [{ vin: this.car().vin, name: nameOf(this.car()), latitude: at.latitude, longitude: at.longitude }]
      : [];
  });
  // The line begins with the last minutes of the history, for whoever may see them, and grows with each position.
  private readonly before = resource({
    params: () => (may(this.car(), 'trips') ? this.car().vin : undefined),
    loader: ({ params }) => this.api.history(params, [latitude, longitude], new Date(Date.now() - 900_000), new Date(), 5),
  });
  protected readonly way = linkedSignal<{ at: Placed | undefined; rows: Sample[] }, [number, number][]>({
    source: () => ({ at: this.placed()[0], rows: this.before.hasValue() ? this.before.value() : [] }),
    computation: ({ at, rows }, was) => {
      const before = was && was.source.rows === rows ? was.value : rows.flatMap(position);
      const last = before.at(-1);
      if (!at || (last && last[0] === at.longitude && last[1] === at.latitude)) {
        return before;
      }
      return [...before, [at.longitude, at.latitude] as [number, number]].slice(-longestWay);
    },
  });
  protected readonly noPosition = computed(() => {
    if (!may(this.car(), 'position')) {
      return $localize`Manufacturers do not see where cars are.`;
    }
    if (this.located()?.status === 403 || this.located()?.status === 404) {
      return $localize`The owner does not share the position with you, or there is none yet.`;
    }
    return $localize`No position yet.`;
  });
}

function position(s: Sample): [number, number][] {
  const { [latitude]: north, [longitude]: east } = s.signals as Record<string, unknown>;
  return typeof north === 'number' && typeof east === 'number' ? [[east, north]] : [];
}

function text(value: unknown, digits: number): string {
  if (typeof value === 'number') {
    return number(value, digits);
  }
  if (typeof value === 'boolean') {
    return value ? $localize`yes` : $localize`no`;
  }
  return value === undefined || value === null ? '–' : Array.isArray(value) ? value.join(', ') || '–' : String(value);
}
