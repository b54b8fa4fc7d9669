import { ChangeDetectionStrategy, Component, computed, inject, input, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatButtonToggle, MatButtonToggleGroup } from '@angular/material/button-toggle';
import { MatFormField, MatLabel } from '@angular/material/form-field';
import { MatOption, MatSelect } from '@angular/material/select';

import { kindName } from '../alerts/kinds';
import { Line, SeriesChart } from '../chart/series-chart';
import { State } from '../contract/models/state';
import { Loaded } from '../ui/loaded';
import { inUnit, shortName, signals } from './signals';
import { VehicleApi } from './vehicle-api';

/** Spans that a chart shows, with the seconds that a point averages: some 360 points each. */
const spans = { '15m': [900, 3], '1h': [3600, 10], '6h': [21_600, 60], '24h': [86_400, 240], '7d': [604_800, 1800] } as const;
type Span = keyof typeof spans;

/** History draws signals over time, with the car's alerts as marks. */
@Component({
  selector: 'cc-history',
  imports: [Loaded, MatButton, MatButtonToggle, MatButtonToggleGroup, MatFormField, MatLabel, MatOption, MatSelect, SeriesChart],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <section class="panel">
      <div class="row">
        <mat-form-field class="pick">
          <mat-label i18n>Signals (up to 4)</mat-label>
          <mat-select multiple [value]="chosen()" (valueChange)="choose($event)">
            @for (path of choices(); track path) {
              <mat-option [value]="path">{{ shortName(path) }}</mat-option>
            }
          </mat-select>
        </mat-form-field>
        <mat-button-toggle-group [value]="span()" (valueChange)="span.set($event)" i18n-aria-label aria-label="Time span">
          @for (s of allSpans; track s) {
            <mat-button-toggle [value]="s">{{ s }}</mat-button-toggle>
          }
        </mat-button-toggle-group>
        <button mat-button type="button" (click)="samples.reload()" i18n>Load again</button>
      </div>
      <cc-loaded [of]="samples" [empty]="times().length === 0 ? nothing : false">
        <cc-series-chart [label]="label()" [times]="times()" [lines]="lines()" [marks]="marks()" />
        <p class="muted" i18n>Drag to zoom, double-click to see everything. Dashed lines are alerts.</p>
      </cc-loaded>
    </section>
  `,
  styles: `
    :host {
      display: block;
      padding-top: 12px;
    }
    .pick {
      min-width: 260px;
      flex: 1;
      max-width: 480px;
    }
    .row {
      margin-bottom: 12px;
    }
  `,
})
export class History {
  private readonly api = inject(VehicleApi);
  readonly vin = input.required<string>();
  readonly state = input<State>();
  protected readonly chosen = signal(['Vehicle.Speed', 'Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature']);
  protected readonly span = signal<Span>('15m');
  protected readonly allSpans = Object.keys(spans) as Span[];
  protected readonly nothing = $localize`Nothing was reported in that time.`;
  protected readonly shortName = shortName;

  protected readonly choices = computed(() => {
    const numeric = Object.entries(this.state()?.signals ?? {}).filter(([path, r]) => typeof r.value === 'number' && !path.startsWith('Vehicle.CurrentLocation.'));
    return [...new Set([...this.chosen(), ...numeric.map(([path]) => path)])].sort((a, b) => shortName(a).localeCompare(shortName(b)));
  });
  protected readonly samples = resource({
    params: () => ({ vin: this.vin(), chosen: this.chosen(), span: this.span() }),
    loader: ({ params }) => {
      const [seconds, interval] = spans[params.span];
      const to = new Date();
      return params.chosen.length === 0 ? Promise.resolve([]) : this.api.history(params.vin, params.chosen, new Date(to.getTime() - seconds * 1000), to, interval);
    },
  });
  private readonly alerts = resource({ params: () => this.vin(), loader: ({ params }) => this.api.alerts(params) });
  protected readonly times = computed(() => (this.samples.hasValue() ? this.samples.value().map((s) => new Date(s.at).getTime() / 1000) : []));
  protected readonly lines = computed((): Line[] => {
    const rows = this.samples.hasValue() ? this.samples.value() : [];
    return this.chosen().map((path) => ({
      label: shortName(path),
      unit: signals[path]?.unit ?? '',
      values: rows.map((s) => {
        const value = inUnit(path, (s.signals as Record<string, unknown>)[path]);
        return typeof value === 'number' ? value : null;
      }),
    }));
  });
  protected readonly marks = computed(() =>
    this.alerts.hasValue() ? this.alerts.value().items.map((a) => ({ at: new Date(a.firstAt).getTime() / 1000, text: kindName(a.kind) })) : [],
  );
  protected readonly label = computed(() => $localize`Chart of ${this.lines().map((l) => l.label).join(', ')} over ${this.span()}`);

  protected choose(paths: string[]): void {
    this.chosen.set(paths.slice(0, 4));
  }
}
