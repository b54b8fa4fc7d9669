import { ChangeDetectionStrategy, Component, computed, inject, input, linkedSignal, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';

import { Fault, Vehicle } from '../contract/models';
import { Clock } from '../ui/clock';
import { ago, when } from '../ui/format';
import { Loaded, problemText } from '../ui/loaded';
import { Severity } from '../ui/severity';
import { may } from './may';
import { shortName, signals } from './signals';
import { VehicleApi } from './vehicle-api';

/** Faults lists a car's trouble codes with their freeze frames. */
@Component({
  selector: 'cc-faults',
  imports: [Loaded, MatButton, Severity],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <section class="panel">
      @if (problem()) {
        <p role="alert">{{ problem() }}</p>
      }
      <cc-loaded [of]="page" [empty]="page.hasValue() && faults().length === 0 ? nothing : false">
        @for (f of faults(); track f.diagnosticId) {
          <article [class.closed]="f.status === 'CLOSED'">
            <div class="row">
              <strong class="code">{{ f.code }}</strong> <cc-severity [level]="f.severity" />
              <span>{{ f.description }}</span>
              <span class="muted">{{ f.ecu }} · {{ f.status === 'OPEN' ? open : closed }} · {{ f.confirmed ? confirmed : pending }}</span>
              <span class="spacer"></span>
              <span class="muted" [title]="when(f.lastSeen)">{{ ago(f.lastSeen, clock.now()) }}</span>
              @if (f.status === 'OPEN') {
                @if (f.acknowledgedAt) {
                  <span class="muted" i18n>acknowledged</span>
                } @else if (may(car(), 'acknowledgeFault')) {
                  <button mat-button type="button" (click)="change(f, 'acknowledge')" i18n>Acknowledge</button>
                }
                @if (may(car(), 'clearFault')) {
                  <button mat-button type="button" (click)="change(f, 'clear')" i18n>Repaired: close</button>
                }
              }
            </div>
            @if (frame(f); as rows) {
              @if (rows.length > 0) {
                <details>
                  <summary i18n>Freeze frame: the car when the fault was set</summary>
                  <table>
                    @for (r of rows; track r.name) {
                      <tr>
                        <td>{{ r.name }}</td>
                        <td>{{ r.value }}</td>
                      </tr>
                    }
                  </table>
                </details>
              }
            }
          </article>
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
    .closed {
      color: var(--cc-muted);
    }
    summary {
      cursor: pointer;
      padding: 4px 0;
    }
  `,
})
export class Faults {
  private readonly api = inject(VehicleApi);
  protected readonly clock = inject(Clock);
  readonly car = input.required<Vehicle>();
  protected readonly nothing = $localize`No trouble codes: nothing was reported.`;
  protected readonly open = $localize`open`;
  protected readonly closed = $localize`closed`;
  protected readonly confirmed = $localize`confirmed`;
  protected readonly pending = $localize`pending`;
  protected readonly page = resource({ params: () => this.car().vin, loader: ({ params }) => this.api.faults(params) });
  private readonly kept = linkedSignal<Fault[]>(() => (this.page.hasValue() ? this.page.value().items : []));
  protected readonly faults = computed(() => this.kept());
  protected readonly problem = signal('');
  protected readonly may = may;
  protected readonly ago = ago;
  protected readonly when = when;

  protected frame(f: Fault): { name: string; value: string }[] {
    return Object.entries(f.freezeFrame ?? {}).map(([path, value]) => ({ name: shortName(path), value: `${String(value)} ${signals[path]?.unit ?? ''}` }));
  }

  protected async change(f: Fault, how: 'acknowledge' | 'clear'): Promise<void> {
    this.problem.set('');
    try {
      const next = how === 'clear' ? await this.api.clearFault(f) : await this.api.acknowledgeFault(f);
      this.kept.update((all) => all.map((x) => (x.diagnosticId === f.diagnosticId ? next : x)));
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }
}
