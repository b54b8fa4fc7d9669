import { ChangeDetectionStrategy, Component, inject, input, model, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import { RouterLink } from '@angular/router';

import { Alert } from '../contract/models/alert';
import { Clock } from '../ui/clock';
import { ago, number, when } from '../ui/format';
import { Severity } from '../ui/severity';
import { kindName } from './kinds';

const states: Record<Alert['status'], string> = { OPEN: $localize`open`, ACKNOWLEDGED: $localize`acknowledged`, RESOLVED: $localize`resolved` };

/** AlertTable lists alerts; open ones can be chosen and acknowledged. */
@Component({
  selector: 'cc-alert-table',
  imports: [MatButton, MatCheckbox, RouterLink, Severity],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th><span class="hidden" i18n>Choose</span></th>
            <th i18n>Severity</th>
            <th i18n>Alert</th>
            @if (withCar()) {
              <th i18n>Vehicle</th>
            }
            <th i18n>Measured</th>
            <th i18n>Status</th>
            <th i18n>Last</th>
            <th></th>
          </tr>
        </thead>
        <tbody>
          @for (a of alerts(); track a.alertId) {
            <tr [class.done]="a.status === 'RESOLVED'">
              <td>
                @if (a.status === 'OPEN' && isCar(a)) {
                  <mat-checkbox [checked]="chosen().includes(a.alertId)" (change)="toggle(a.alertId)" [aria-label]="kindName(a.kind) + ' ' + a.vin" />
                }
              </td>
              <td><cc-severity [level]="a.severity" /></td>
              <td>
                {{ kindName(a.kind) }}
                @if (a.count > 1) {
                  <span class="muted">× {{ number(a.count) }}</span>
                }
                @if (a.detail) {
                  <br /><span class="muted">{{ a.detail }}</span>
                }
              </td>
              @if (withCar()) {
                <td class="code">
                  @if (isCar(a)) {
                    <a [routerLink]="['/vehicles', a.vin]">{{ a.vin }}</a>
                  } @else {
                    {{ a.vin }}
                  }
                </td>
              }
              <td>{{ measured(a) }}</td>
              <td>{{ states[a.status] }}</td>
              <td [title]="when(a.lastAt)">{{ ago(a.lastAt, clock.now()) }}</td>
              <td class="right">
                @if (a.status === 'OPEN' && isCar(a)) {
                  <button mat-button type="button" (click)="acknowledge.emit([a])" i18n>Acknowledge</button>
                }
                @if (mayDismiss() && a.status !== 'RESOLVED' && a.kind.startsWith('anomaly.')) {
                  <button mat-button type="button" (click)="dismiss.emit(a)" i18n>This was nothing</button>
                }
              </td>
            </tr>
          }
        </tbody>
      </table>
    </div>
  `,
  styles: `
    .hidden {
      position: absolute;
      clip-path: inset(50%);
    }
    .done {
      color: var(--cc-muted);
    }
    .right {
      text-align: end;
    }
  `,
})
export class AlertTable {
  readonly alerts = input.required<Alert[]>();
  readonly withCar = input(true);
  readonly mayDismiss = input(false);
  readonly chosen = model<string[]>([]);
  readonly acknowledge = output<Alert[]>();
  readonly dismiss = output<Alert>();
  protected readonly clock = inject(Clock);
  protected readonly states = states;
  protected readonly kindName = kindName;
  protected readonly number = number;
  protected readonly ago = ago;
  protected readonly when = when;

  protected isCar(a: Alert): boolean {
    return /^[A-HJ-NPR-Z0-9]{17}$/.test(a.vin);
  }

  protected toggle(id: string): void {
    this.chosen.update((all) => (all.includes(id) ? all.filter((x) => x !== id) : [...all, id]));
  }

  protected measured(a: Alert): string {
    if (a.value === undefined) {
      return '–';
    }
    const limit = a.threshold === undefined ? '' : ` (${$localize`limit`} ${number(a.threshold)})`;
    return `${number(a.value)} ${a.unit ?? ''}${limit}`;
  }
}
