import { ChangeDetectionStrategy, Component, inject, resource, signal } from '@angular/core';
import { FormsModule, NgForm } from '@angular/forms';
import { MatButton } from '@angular/material/button';
import { MatFormField, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { MatProgressBar } from '@angular/material/progress-bar';

import { AlertTable } from '../alerts/alert-table';
import { AlertsApi } from '../alerts/alerts-api';
import { Alert, NewVehicle } from '../contract/models';
import { Session } from '../session/session';
import { Loaded, problemText } from '../ui/loaded';
import { DevicesApi } from './devices-api';
import { Row, columns, mostRows, readCars } from './csv';

interface Result extends Row {
  state: 'ready' | 'added' | 'refused';
}

/** Devices puts cars on the allow-list, one or a file of them, and shows the registrations that were refused. */
@Component({
  selector: 'cc-devices',
  imports: [AlertTable, FormsModule, Loaded, MatButton, MatFormField, MatInput, MatLabel, MatProgressBar],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="row head">
      <h1 i18n>Devices</h1>
      <span class="muted" i18n>a car on the allow-list registers when it first connects</span>
    </div>
    <div class="grid">
      <section class="panel">
        <h2 i18n>Allow one car</h2>
        <form (ngSubmit)="one(f)" #f="ngForm">
          <mat-form-field>
            <mat-label i18n>VIN</mat-label>
            <input matInput name="vin" [(ngModel)]="vin" required minlength="17" maxlength="17" autocapitalize="characters" autocomplete="off" />
          </mat-form-field>
          @if (session.has('operator')) {
            <mat-form-field>
              <mat-label i18n>Manufacturer</mat-label>
              <input matInput name="manufacturerId" [(ngModel)]="manufacturerId" required maxlength="32" autocomplete="off" />
            </mat-form-field>
          }
          <mat-form-field>
            <mat-label i18n>Model</mat-label>
            <input matInput name="model" [(ngModel)]="model" maxlength="64" autocomplete="off" />
          </mat-form-field>
          <mat-form-field>
            <mat-label i18n>Dealer</mat-label>
            <input matInput name="dealerId" [(ngModel)]="dealerId" maxlength="32" autocomplete="off" />
          </mat-form-field>
          @if (said(); as text) {
            <p [attr.role]="failed() ? 'alert' : 'status'">{{ text }}</p>
          }
          <button mat-flat-button type="submit" [disabled]="busy() || f.invalid" i18n>Allow this car</button>
        </form>
      </section>
      <section class="panel wide">
        <div class="row">
          <h2 i18n>Allow a file of cars</h2>
          <span class="spacer"></span>
          <input #file class="file" type="file" accept=".csv,text/csv" (change)="choose(file)" i18n-aria-label aria-label="CSV file" />
        </div>
        <p class="muted">
          <ng-container i18n>CSV, at most {{ mostRows }} cars. The first line names the columns:</ng-container> <span class="code"> {{ columns.join(', ') }}</span>
        </p>
        @if (unread()) {
          <p role="alert">{{ unread() }}</p>
        }
        @if (rows().length > 0) {
          <div class="row">
            <strong i18n>{{ count('ready') }} to add · {{ count('added') }} added · {{ count('refused') }} refused</strong>
            <span class="spacer"></span>
            <button mat-flat-button type="button" [disabled]="busy() || count('ready') === 0" (click)="all()" i18n>Add {{ count('ready') }} cars</button>
          </div>
          @if (busy()) {
            <mat-progress-bar [value]="(100 * (rows().length - count('ready'))) / rows().length" i18n-aria-label aria-label="Import" />
          }
          <div class="scroll rows" tabindex="0" role="region" i18n-aria-label aria-label="Cars of the file">
            <table>
              <thead>
                <tr>
                  <th i18n>Line</th>
                  <th i18n>VIN</th>
                  <th i18n>Model</th>
                  <th i18n>Dealer</th>
                  <th i18n>Result</th>
                </tr>
              </thead>
              <tbody>
                @for (r of rows(); track r.line) {
                  <tr [attr.data-state]="r.state">
                    <td>{{ r.line }}</td>
                    <td class="code">{{ r.vin }}</td>
                    <td>{{ r.car?.model ?? '–' }}</td>
                    <td>{{ r.car?.dealerId ?? '–' }}</td>
                    <td>{{ states[r.state] }}{{ r.problem ? ': ' + r.problem : '' }}</td>
                  </tr>
                }
              </tbody>
            </table>
          </div>
        }
      </section>
      <section class="panel whole">
        <h2 i18n>Refused: registrations, and messages in another car's name</h2>
        <cc-loaded [of]="denied" [empty]="denied.hasValue() && denied.value().length === 0 ? nothing : false">
          <cc-alert-table [alerts]="denied.hasValue() ? denied.value() : []" (acknowledge)="acknowledge($event)" />
        </cc-loaded>
      </section>
    </div>
  `,
  styles: `
    .head {
      margin-bottom: 12px;
    }
    .grid {
      display: grid;
      grid-template-columns: minmax(260px, 360px) 1fr;
      gap: 12px;
      align-items: start;
    }
    form {
      display: grid;
      gap: 8px;
    }
    .whole {
      grid-column: 1 / -1;
    }
    .rows {
      max-height: 50dvh;
      overflow-y: auto;
      margin-top: 8px;
    }
    .file {
      max-width: 100%;
    }
    [data-state='added'] td:last-child {
      color: var(--cc-good);
    }
    [data-state='refused'] td:last-child {
      color: var(--cc-critical);
    }
    @media (max-width: 720px) {
      .grid {
        grid-template-columns: minmax(0, 1fr);
      }
    }
  `,
})
export class Devices {
  private readonly api = inject(DevicesApi);
  private readonly alerts = inject(AlertsApi);
  protected readonly session = inject(Session);
  protected readonly columns = columns;
  protected readonly mostRows = mostRows;
  protected readonly states: Record<Result['state'], string> = { ready: $localize`ready`, added: $localize`added`, refused: $localize`refused` };
  protected readonly nothing = $localize`None was refused.`;
  protected readonly denied = resource({ loader: () => this.api.denied() });
  protected readonly rows = signal<Result[]>([]);
  protected readonly busy = signal(false);
  protected readonly unread = signal('');
  protected readonly said = signal('');
  protected readonly failed = signal(false);
  protected vin = '';
  protected manufacturerId = '';
  protected model = '';
  protected dealerId = '';

  protected count(state: Result['state']): number {
    return this.rows().filter((r) => r.state === state).length;
  }

  protected async one(form: NgForm): Promise<void> {
    this.busy.set(true);
    const car: NewVehicle = {
      vin: this.vin.trim().toUpperCase(),
      manufacturerId: this.manufacturerId || undefined,
      model: this.model || undefined,
      dealerId: this.dealerId || undefined,
    };
    const problem = await this.api.allow(car);
    this.failed.set(!!problem);
    this.said.set(`${car.vin}: ${problem ?? this.states.added}`);
    if (!problem) {
      form.resetForm();
    }
    this.busy.set(false);
  }

  /** choose reads the file and shows what would be added. Nothing is sent yet. */
  protected async choose(input: HTMLInputElement): Promise<void> {
    this.unread.set('');
    this.rows.set([]);
    const file = input.files?.[0];
    if (!file) {
      return;
    }
    try {
      this.rows.set(readCars(await file.text()).map((r) => ({ ...r, state: r.car ? 'ready' : 'refused' })));
    } catch (error) {
      this.unread.set(error instanceof Error ? error.message : String(error));
    }
    input.value = ''; // so that the mended file can be chosen again
  }

  /** all adds the cars one after the other. A row that is refused stops none of the others. */
  protected async all(): Promise<void> {
    this.busy.set(true);
    for (const row of this.rows()) {
      if (row.state === 'ready' && row.car) {
        const problem = await this.api.allow(row.car);
        this.rows.update((rows) => rows.map((r) => (r.line === row.line ? { ...r, problem, state: problem ? 'refused' : 'added' } : r)));
      }
    }
    this.busy.set(false);
  }

  protected async acknowledge(alerts: Alert[]): Promise<void> {
    try {
      for (const a of alerts) {
        await this.alerts.acknowledge(a);
      }
      this.denied.reload();
    } catch (error) {
      this.unread.set(problemText(error));
    }
  }
}
