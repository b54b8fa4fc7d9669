import { ChangeDetectionStrategy, Component, inject, input, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';

import { HealthReport, Vehicle } from '../contract/models';
import { number, when } from '../ui/format';
import { Loaded, problemText } from '../ui/loaded';
import { may } from './may';
import { VehicleApi } from './vehicle-api';

const words: Record<string, string> = {
  OK: $localize`in order`,
  ATTENTION: $localize`needs attention`,
  SERVICE: $localize`needs service`,
  UNKNOWN: $localize`unknown`,
};

/** Health lists a car's health reports, and asks for a new one. */
@Component({
  selector: 'cc-health',
  imports: [Loaded, MatButton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <section class="panel">
      <div class="row">
        @if (may(car(), 'diagnose')) {
          <button mat-stroked-button type="button" [disabled]="busy()" (click)="ask()" i18n>Ask for a report</button>
        }
        <button mat-button type="button" (click)="reports.reload()" i18n>Load again</button>
      </div>
      @if (problem()) {
        <p role="alert">{{ problem() }}</p>
      }
      <cc-loaded [of]="reports" [empty]="reports.hasValue() && reports.value().items.length === 0 ? nothing : false">
        @if (reports.hasValue()) {
          @for (r of reports.value().items; track r.reportId) {
            <article>
              <div class="row">
                <strong>{{ when(r.at ?? r.requestedAt) }}</strong>
                <span class="muted">{{ origin(r) }}</span>
                @if (r.odometerM !== undefined) {
                  <span class="muted">{{ number(r.odometerM / 1000, 0) }} km</span>
                }
              </div>
              <ul>
                @for (s of systems(r); track s.system) {
                  <li>{{ s.system }}: {{ s.word }}</li>
                }
              </ul>
            </article>
          }
        }
      </cc-loaded>
    </section>
  `,
  styles: `
    :host {
      display: block;
      padding-top: 12px;
    }
    article {
      padding: 8px 0;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
    }
    ul {
      display: flex;
      flex-wrap: wrap;
      gap: 4px 18px;
      margin: 4px 0;
      padding: 0;
      list-style: none;
    }
  `,
})
export class Health {
  private readonly api = inject(VehicleApi);
  readonly car = input.required<Vehicle>();
  protected readonly nothing = $localize`No health report yet.`;
  protected readonly reports = resource({ params: () => this.car().vin, loader: ({ params }) => this.api.reports(params) });
  protected readonly busy = signal(false);
  protected readonly problem = signal('');
  protected readonly may = may;
  protected readonly when = when;
  protected readonly number = number;

  protected origin(r: HealthReport): string {
    if (r.progress === 'PENDING') {
      return $localize`asked for: the car has not answered yet`;
    }
    return r.source === 'car' ? $localize`by the car` : $localize`composed by the platform of what it knows`;
  }

  protected systems(r: HealthReport): { system: string; word: string }[] {
    return Object.entries(r.systems ?? {}).map(([system, status]) => ({ system, word: words[status] ?? status }));
  }

  protected async ask(): Promise<void> {
    this.busy.set(true);
    this.problem.set('');
    try {
      await this.api.requestReport(this.car().vin);
      this.reports.reload();
    } catch (error) {
      this.problem.set(problemText(error));
    } finally {
      this.busy.set(false);
    }
  }
}
