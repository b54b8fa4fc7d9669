import { ChangeDetectionStrategy, Component, inject, linkedSignal, resource, signal } from '@angular/core';
import { FormsModule } from '@angular/forms';
import { MatButton } from '@angular/material/button';
import { MatCheckbox } from '@angular/material/checkbox';
import { MatFormField, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';

import { Preferences as Body, Severity } from '../contract/models';
import { Loaded, problemText } from '../ui/loaded';
import { PreferencesApi, Versioned } from './preferences-api';

const levels: Record<Severity, string> = { INFO: $localize`info`, LOW: $localize`low`, MEDIUM: $localize`medium`, HIGH: $localize`high`, CRITICAL: $localize`critical` };

/** night is the proposal of whoever turns quiet hours on. */
const night = () => ({ from: '22:00', to: '07:00', zone: Intl.DateTimeFormat().resolvedOptions().timeZone });

/** Preferences are how somebody wants to be told of alerts. */
@Component({
  selector: 'cc-preferences',
  imports: [FormsModule, Loaded, MatButton, MatCheckbox, MatFormField, MatInput, MatLabel],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="row head">
      <h1 i18n>Preferences</h1>
      <span class="muted" i18n>how you are told of alerts</span>
    </div>
    <cc-loaded [of]="stored">
      @if (draft(); as d) {
        <div class="stack">
          <section class="panel">
            <h2 i18n>Phone</h2>
            @if (d.phone?.verified) {
              <p class="row">
                <span>{{ d.phone?.number }}</span> <span class="muted" i18n>verified</span><span class="spacer"></span>
                <button mat-button type="button" [disabled]="busy()" (click)="removePhone()" i18n>Remove the phone</button>
              </p>
            } @else {
              <form class="row" (ngSubmit)="sendCode()" #p="ngForm">
                <mat-form-field>
                  <mat-label i18n>Phone number with country code</mat-label>
                  <input matInput name="number" type="tel" autocomplete="tel" placeholder="+4915112345678" [(ngModel)]="number" required pattern="\\+[1-9][0-9]{6,14}" />
                </mat-form-field>
                <button mat-stroked-button type="submit" [disabled]="busy() || p.invalid" i18n>Send me a code</button>
              </form>
              @if (sent() || d.phone) {
                <form class="row" (ngSubmit)="verify()" #c="ngForm">
                  <mat-form-field>
                    <mat-label i18n>Code from the message</mat-label>
                    <input matInput name="code" inputmode="numeric" autocomplete="one-time-code" [(ngModel)]="code" required pattern="[0-9]{6}" />
                  </mat-form-field>
                  <button mat-flat-button type="submit" [disabled]="busy() || c.invalid" i18n>Verify the phone</button>
                </form>
              }
              <p class="muted" i18n>By asking for the code you agree to messages of alerts at this number. Your operator may charge for them.</p>
            }
          </section>
          <form (ngSubmit)="save()" #f="ngForm" class="stack">
            <section class="panel channels">
              <h2 i18n>Channels</h2>
              <mat-checkbox name="emailOn" [(ngModel)]="d.email.on" i18n>E-mail</mat-checkbox>
              <label>
                <span i18n>from severity</span>
                <select name="emailMinimum" [(ngModel)]="d.email.minimum" [disabled]="!d.email.on">
                  @for (level of order; track level) {
                    <option [value]="level">{{ levels[level] }}</option>
                  }
                </select>
              </label>
              <mat-checkbox name="smsOn" [(ngModel)]="d.sms.on" [disabled]="!d.phone?.verified && !d.sms.on" i18n>Message to the phone</mat-checkbox>
              <label>
                <span i18n>from severity</span>
                <select name="smsMinimum" [(ngModel)]="d.sms.minimum" [disabled]="!d.sms.on">
                  @for (level of order; track level) {
                    <option [value]="level">{{ levels[level] }}</option>
                  }
                </select>
              </label>
              <mat-checkbox class="whole" name="resolvedToo" [(ngModel)]="d.resolvedToo" i18n>Tell me too when an alert ends</mat-checkbox>
            </section>
            <section class="panel">
              <h2 i18n>Quiet hours</h2>
              <mat-checkbox name="quiet" [ngModel]="!!d.quiet" (ngModelChange)="d.quiet = $event ? night() : undefined" i18n>
                Nothing at night but what is critical
              </mat-checkbox>
              @if (d.quiet; as q) {
                <div class="row">
                  <mat-form-field>
                    <mat-label i18n>From</mat-label>
                    <input matInput name="from" type="time" [(ngModel)]="q.from" required />
                  </mat-form-field>
                  <mat-form-field>
                    <mat-label i18n>To</mat-label>
                    <input matInput name="to" type="time" [(ngModel)]="q.to" required />
                  </mat-form-field>
                  <mat-form-field>
                    <mat-label i18n>Time zone</mat-label>
                    <input matInput name="zone" [(ngModel)]="q.zone" required maxlength="64" autocomplete="off" />
                  </mat-form-field>
                </div>
              }
            </section>
            <section class="panel">
              <h2 i18n>At most</h2>
              <div class="row">
                <mat-form-field>
                  <mat-label i18n>messages an hour</mat-label>
                  <input matInput name="perHour" type="number" min="1" max="60" [(ngModel)]="d.limit.perHour" required />
                </mat-form-field>
                <mat-form-field>
                  <mat-label i18n>messages a day</mat-label>
                  <input matInput name="perDay" type="number" min="1" max="500" [(ngModel)]="d.limit.perDay" required />
                </mat-form-field>
              </div>
            </section>
            @if (problem()) {
              <p role="alert">{{ problem() }}</p>
            }
            @if (said()) {
              <p role="status">{{ said() }}</p>
            }
            <button class="save" mat-flat-button type="submit" [disabled]="busy() || f.invalid" i18n>Save</button>
          </form>
        </div>
      }
    </cc-loaded>
  `,
  styles: `
    .head {
      margin-bottom: 12px;
    }
    .stack {
      display: grid;
      gap: 12px;
      max-width: 720px;
    }
    .row mat-form-field {
      flex: 1 1 240px;
    }
    .channels {
      display: grid;
      grid-template-columns: 1fr auto;
      gap: 4px 16px;
      align-items: center;
    }
    .channels h2,
    .whole {
      grid-column: 1 / -1;
    }
    label {
      display: flex;
      gap: 8px;
      align-items: center;
    }
    select {
      font: inherit;
      color: inherit;
      background: var(--mat-sys-surface);
      border: 1px solid var(--mat-sys-outline);
      border-radius: 4px;
      padding: 6px 8px;
    }
    .save {
      justify-self: start;
    }
  `,
})
export class Preferences {
  private readonly api = inject(PreferencesApi);
  protected readonly levels = levels;
  protected readonly order = Object.keys(levels) as Severity[];
  protected readonly night = night;
  protected readonly stored = resource({ loader: () => this.api.get() });
  private readonly version = linkedSignal<Versioned | undefined>(() => (this.stored.hasValue() ? this.stored.value() : undefined));
  // What is edited is a copy: leaving the page forgets it.
  protected readonly draft = linkedSignal<Body | undefined>(() => structuredClone(this.version()?.body));
  protected readonly busy = signal(false);
  protected readonly sent = signal(false);
  protected readonly problem = signal('');
  protected readonly said = signal('');
  protected number = '';
  protected code = '';

  protected save(): Promise<void> {
    return this.trying(async () => {
      this.version.set(await this.api.put({ version: this.version()!.version, body: this.draft()! }));
      this.said.set($localize`Saved`);
    });
  }

  protected sendCode(): Promise<void> {
    return this.trying(async () => {
      await this.api.addPhone(this.number.replace(/\s/g, ''));
      this.sent.set(true);
      this.said.set($localize`The code is on its way.`);
      this.stored.reload();
    });
  }

  protected verify(): Promise<void> {
    return this.trying(async () => {
      await this.api.verifyPhone(this.code);
      this.sent.set(false);
      this.number = this.code = '';
      this.stored.reload();
    });
  }

  protected removePhone(): Promise<void> {
    return this.trying(async () => {
      await this.api.removePhone();
      this.stored.reload();
    });
  }

  private async trying(action: () => Promise<void>): Promise<void> {
    this.busy.set(true);
    this.problem.set('');
    this.said.set('');
    try {
      await action();
    } catch (error) {
      this.problem.set(problemText(error));
    } finally {
      this.busy.set(false);
    }
  }
}
