import { ChangeDetectionStrategy, Component, computed, inject, input, linkedSignal, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatFormField, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { MatOption, MatSelect } from '@angular/material/select';
import { Router, RouterLink } from '@angular/router';

import { State, Vehicle } from '../contract/models';
import { Live } from '../live/live';
import { LiveBadge } from '../live/live-badge';
import { Clock } from '../ui/clock';
import { Connection } from '../ui/connection';
import { ago, number } from '../ui/format';
import { Loaded, problemText } from '../ui/loaded';
import { VehiclesApi } from './vehicles-api';
import { nameOf, relations, statuses } from './words';

type Column = 'name' | 'vin' | 'status' | 'dealerId';

/** mostLive is the number of rows that are followed live: what a screen shows. */
const mostLive = 20;

@Component({
  selector: 'cc-vehicle-list',
  imports: [Connection, LiveBadge, Loaded, MatButton, MatFormField, MatInput, MatLabel, MatOption, MatSelect, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="row head">
      <h1 i18n>Vehicles</h1>
      @if (rows().length > 0) {
        <cc-live-badge [stream]="live" />
      }
      <span class="spacer"></span>
      <mat-form-field>
        <mat-label i18n>Search VIN, name, dealer</mat-label>
        <input matInput type="search" [value]="search()" (input)="look({ q: $any($event.target).value })" />
      </mat-form-field>
      <mat-form-field>
        <mat-label i18n>Status</mat-label>
        <mat-select [value]="only()" (valueChange)="look({ status: $event })">
          <mat-option value="" i18n>all</mat-option>
          @for (s of allStatuses; track s[0]) {
            <mat-option [value]="s[0]">{{ s[1] }}</mat-option>
          }
        </mat-select>
      </mat-form-field>
      <button mat-stroked-button type="button" [disabled]="rows().length === 0" (click)="save()" i18n>Export as CSV</button>
    </div>
    <section class="panel">
      <cc-loaded [of]="first" [empty]="nothing()">
        <div class="scroll">
          <table>
            <thead>
              <tr>
                @for (c of columns; track c[0]) {
                  <th [attr.aria-sort]="sort() === c[0] ? (down() ? 'descending' : 'ascending') : 'none'">
                    <button class="sort" type="button" (click)="by(c[0])">{{ c[1] }}{{ sort() === c[0] ? (down() ? ' ↓' : ' ↑') : '' }}</button>
                  </th>
                }
                <th i18n>Relation</th>
                <th i18n>Connection</th>
                <th class="right" i18n>Speed</th>
                <th i18n>Last report</th>
              </tr>
            </thead>
            <tbody>
              @for (car of rows(); track car.vin) {
                @let s = state(car.vin);
                <tr>
                  <td>
                    <a [routerLink]="['/vehicles', car.vin]">{{ nameOf(car) }}</a>
                  </td>
                  <td class="code">{{ car.vin }}</td>
                  <td>{{ statuses[car.status] }}</td>
                  <td>{{ car.dealerId ?? '–' }}</td>
                  <td>{{ relations[car.relation] }}</td>
                  <td><cc-connection [connected]="s?.connected" [stale]="live.health() === 'stale'" /></td>
                  <td class="right">{{ speed(s) }}</td>
                  <td>{{ ago(s?.at, clock.now()) }}</td>
                </tr>
              }
            </tbody>
          </table>
        </div>
        @if (next()) {
          <button mat-button type="button" [disabled]="busy()" (click)="more()" i18n>More vehicles</button>
        }
        @if (problem()) {
          <p role="alert">{{ problem() }}</p>
        }
      </cc-loaded>
    </section>
  `,
  styles: `
    .head {
      margin-bottom: 12px;
    }
    .sort {
      font: inherit;
      color: inherit;
      background: none;
      border: 0;
      padding: 4px 0;
      cursor: pointer;
    }
    .right {
      text-align: end;
    }
  `,
})
export class VehicleList {
  private readonly api = inject(VehiclesApi);
  private readonly router = inject(Router);
  protected readonly clock = inject(Clock);
  /** q and status are in the address, so that a view can be kept as a bookmark. */
  readonly q = input<string>();
  readonly status = input<string>();
  protected readonly search = computed(() => this.q() ?? '');
  protected readonly only = computed(() => this.status() ?? '');
  protected readonly sort = signal<Column>('name');
  protected readonly down = signal(false);
  protected readonly busy = signal(false);
  protected readonly problem = signal('');
  protected readonly columns: [Column, string][] = [
    ['name', $localize`Name`],
    ['vin', $localize`VIN`],
    ['status', $localize`Status`],
    ['dealerId', $localize`Dealer`],
  ];
  protected readonly statuses = statuses;
  protected readonly allStatuses = Object.entries(statuses);
  protected readonly relations = relations;
  protected readonly nameOf = nameOf;
  protected readonly ago = ago;

  protected readonly first = resource({ loader: () => this.api.page() });
  private readonly cars = linkedSignal<Vehicle[]>(() => (this.first.hasValue() ? this.first.value().items : []));
  protected readonly next = linkedSignal<string | undefined>(() => (this.first.hasValue() ? this.first.value().nextToken : undefined));
  protected readonly rows = computed(() => {
    const words = this.search().trim().toLowerCase();
    const found = this.cars().filter(
      (car) =>
        (!this.only() || car.status === this.only()) && [car.vin, nameOf(car), car.dealerId ?? '', car.make ?? '', car.model ?? ''].some((t) => t.toLowerCase().includes(words)),
    );
    const key = (car: Vehicle) => (this.sort() === 'name' ? nameOf(car) : String(car[this.sort() as keyof Vehicle] ?? ''));
    return found.sort((a, b) => key(a).localeCompare(key(b)) * (this.down() ? -1 : 1));
  });
  protected readonly nothing = computed(() => {
    if (this.rows().length > 0) {
      return false;
    }
    return this.cars().length > 0 ? $localize`No vehicle fits the search.` : $localize`There are no vehicles for you yet.`;
  });
  protected readonly live = inject(Live).follow(computed(() => this.rows().slice(0, mostLive).map((car) => 'state:' + car.vin)));

  protected state(vin: string): State | undefined {
    return this.live.of<State>('state:' + vin)?.body ?? undefined;
  }

  protected speed(s: State | undefined): string {
    const speed = s?.signals?.['Vehicle.Speed']?.value;
    return typeof speed === 'number' ? `${number(speed, 0)} km/h` : '–';
  }

  protected look(change: { q?: string; status?: string }): void {
    const queryParams = Object.fromEntries(Object.entries(change).map(([k, v]) => [k, v || null]));
    void this.router.navigate([], { queryParams, queryParamsHandling: 'merge', replaceUrl: true });
  }

  protected by(column: Column): void {
    this.down.set(this.sort() === column && !this.down());
    this.sort.set(column);
  }

  protected async more(): Promise<void> {
    this.busy.set(true);
    this.problem.set('');
    try {
      const page = await this.api.page(this.next());
      this.cars.update((all) => [...all, ...page.items]);
      this.next.set(page.nextToken);
    } catch (error) {
      this.problem.set(problemText(error));
    } finally {
      this.busy.set(false);
    }
  }

  protected save(): void {
    const head = ['vin', 'name', 'make', 'model', 'modelYear', 'powertrain', 'status', 'dealerId', 'relation', 'createdAt'] as const;
    const lines = [head.join(','), ...this.rows().map((car) => head.map((k) => cell(k === 'name' ? nameOf(car) : car[k])).join(','))];
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob(['\ufeff' + lines.join('\r\n') + '\r\n'], { type: 'text/csv' }));
    link.download = 'vehicles.csv';
    link.click();
    URL.revokeObjectURL(link.href);
  }
}

/** cell is a value of a CSV file (RFC 4180). A spreadsheet would run what begins like a formula (CWE-1236). */
function cell(value: unknown): string {
  const text = String(value ?? '');
  const safe = /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
  return /[",\r\n]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
}
