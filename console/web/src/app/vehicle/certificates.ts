import { ChangeDetectionStrategy, Component, inject, input, resource, signal } from '@angular/core';
import { FormsModule } from '@angular/forms';
import { MatButton } from '@angular/material/button';
import { MatFormField, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';

import { Certificate } from '../contract/models/certificate';
import { when } from '../ui/format';
import { Loaded, problemText } from '../ui/loaded';
import { VehicleApi } from './vehicle-api';

/** Certificates lists every certificate of a car. Revoking one takes a reason and the end of the VIN, so that it is not a slip. */
@Component({
  selector: 'cc-certificates',
  imports: [FormsModule, Loaded, MatButton, MatFormField, MatInput, MatLabel],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <section class="panel">
      <cc-loaded [of]="page" [empty]="page.hasValue() && page.value().items.length === 0 ? nothing : false">
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th i18n>Certificate</th>
                <th i18n>Status</th>
                <th i18n>Registered</th>
                <th i18n>Valid until</th>
                <th i18n>Reason</th>
                <th></th>
              </tr>
            </thead>
            <tbody>
              @if (page.hasValue()) {
                @for (c of page.value().items; track c.certificateId) {
                  <tr>
                    <td class="code" [title]="c.certificateId">{{ c.certificateId.slice(0, 12) }}…</td>
                    <td>{{ c.status === 'ACTIVE' ? active : revoked }}</td>
                    <td>{{ when(c.registeredAt) }}</td>
                    <td>{{ when(c.notAfter) }}</td>
                    <td>{{ c.reason ?? '–' }}</td>
                    <td>
                      @if (c.status === 'ACTIVE') {
                        <button mat-button type="button" (click)="begin(c)" i18n>Revoke…</button>
                      }
                    </td>
                  </tr>
                }
              }
            </tbody>
          </table>
        </div>
      </cc-loaded>
      @if (chosen(); as c) {
        <form (ngSubmit)="revoke(c)" #f="ngForm">
          <p i18n>The car is cut off at once and for good: it needs a new certificate to come back.</p>
          <mat-form-field>
            <mat-label i18n>Reason</mat-label>
            <input matInput name="reason" [(ngModel)]="reason" required maxlength="200" />
          </mat-form-field>
          <mat-form-field>
            <mat-label i18n>Last six characters of the VIN</mat-label>
            <input matInput name="end" [(ngModel)]="end" required autocomplete="off" />
          </mat-form-field>
          <button mat-flat-button type="submit" [disabled]="busy() || f.invalid || end.toUpperCase() !== vin().slice(-6)" i18n>Revoke the certificate</button>
          <button mat-button type="button" (click)="chosen.set(undefined)" i18n>Cancel</button>
        </form>
      }
      @if (problem()) {
        <p role="alert">{{ problem() }}</p>
      }
    </section>
  `,
  styles: `
    :host {
      display: block;
      padding-top: 12px;
    }
    form {
      display: flex;
      flex-wrap: wrap;
      gap: 12px;
      align-items: center;
      padding-top: 12px;
    }
    form p {
      flex-basis: 100%;
      margin: 0;
    }
  `,
})
export class Certificates {
  private readonly api = inject(VehicleApi);
  readonly vin = input.required<string>();
  protected readonly nothing = $localize`This car never had a certificate.`;
  protected readonly active = $localize`active`;
  protected readonly revoked = $localize`revoked`;
  protected readonly page = resource({ params: () => this.vin(), loader: ({ params }) => this.api.certificates(params) });
  protected readonly chosen = signal<Certificate | undefined>(undefined);
  protected readonly busy = signal(false);
  protected readonly problem = signal('');
  protected reason = '';
  protected end = '';
  protected readonly when = when;

  protected begin(c: Certificate): void {
    this.reason = this.end = '';
    this.problem.set('');
    this.chosen.set(c);
  }

  protected async revoke(c: Certificate): Promise<void> {
    this.busy.set(true);
    try {
      await this.api.revoke(this.vin(), c.certificateId, this.reason);
      this.chosen.set(undefined);
      this.page.reload();
    } catch (error) {
      this.problem.set(problemText(error));
    } finally {
      this.busy.set(false);
    }
  }
}
