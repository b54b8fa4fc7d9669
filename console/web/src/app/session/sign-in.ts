import { HttpErrorResponse } from '@angular/common/http';
import { ChangeDetectionStrategy, Component, computed, inject, input, signal } from '@angular/core';
import { FormsModule } from '@angular/forms';
import { MatButton } from '@angular/material/button';
import { MatFormField, MatHint, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { Router } from '@angular/router';

import { Current, Session } from './session';

@Component({
  selector: 'cc-sign-in',
  imports: [FormsModule, MatButton, MatFormField, MatHint, MatInput, MatLabel],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <main class="panel">
      <h1 i18n>Sign in</h1>
      @if (session.current().signIn === 'pages') {
        <p class="muted" i18n>You sign in on the page of your organisation or with your account there.</p>
        <a mat-flat-button href="/auth/login" i18n>Continue to sign-in</a>
      } @else {
        <form (ngSubmit)="go()" #f="ngForm">
          @switch (challenge()) {
            @case ('SOFTWARE_TOKEN_MFA') {
              <mat-form-field>
                <mat-label i18n>Code of your authenticator app</mat-label>
                <input matInput name="code" [(ngModel)]="answer" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" required />
                <mat-hint i18n>Six digits</mat-hint>
              </mat-form-field>
            }
            @case ('NEW_PASSWORD_REQUIRED') {
              <mat-form-field>
                <mat-label i18n>New password</mat-label>
                <input matInput name="new" [(ngModel)]="answer" type="password" autocomplete="new-password" required />
                <mat-hint i18n>Your password was temporary: choose your own.</mat-hint>
              </mat-form-field>
            }
            @default {
              <mat-form-field>
                <mat-label i18n>E-mail address</mat-label>
                <input matInput name="username" [(ngModel)]="username" type="email" autocomplete="username" required />
              </mat-form-field>
              <mat-form-field>
                <mat-label i18n>Password</mat-label>
                <input matInput name="password" [(ngModel)]="password" type="password" autocomplete="current-password" required />
              </mat-form-field>
            }
          }
          @if (problem(); as text) {
            <p class="problem" role="alert">{{ text }}</p>
          }
          <button mat-flat-button type="submit" [disabled]="busy() || f.invalid" i18n>Continue</button>
          @if (challenge()) {
            <button mat-button type="button" (click)="again()" i18n>Begin again</button>
          }
        </form>
      }
    </main>
  `,
  styles: `
    :host {
      display: grid;
      place-items: center;
      min-height: 70dvh;
      padding: 16px;
    }
    main {
      width: min(380px, 100%);
      display: grid;
      gap: 16px;
      padding: 28px;
    }
    form {
      display: grid;
      gap: 16px;
    }
    .problem {
      margin: 0;
      color: var(--cc-critical);
    }
  `,
})
export class SignIn {
  protected readonly session = inject(Session);
  private readonly router = inject(Router);
  /** to is the page that the person came for. */
  readonly to = input<string>();
  protected readonly step = signal<Current | undefined>(undefined);
  protected readonly challenge = computed(() => this.step()?.challenge);
  protected readonly busy = signal(false);
  protected readonly problem = signal('');
  protected username = '';
  protected password = '';
  protected answer = '';

  protected async go(): Promise<void> {
    this.busy.set(true);
    this.problem.set('');
    try {
      const next = this.challenge() ? await this.session.answer(this.answer) : await this.session.password(this.username, this.password);
      this.password = this.answer = '';
      this.step.set(next);
      if (next.signedIn) {
        await this.router.navigateByUrl(safe(this.to()) ?? this.session.home());
      }
    } catch (error) {
      this.problem.set(reason(error));
      if (error instanceof HttpErrorResponse && error.status === 409) {
        this.step.set(undefined);
      }
    } finally {
      this.busy.set(false);
    }
  }

  protected again(): void {
    this.step.set(undefined);
    this.answer = '';
    this.problem.set('');
  }
}

/** safe is a path of this application: what stands in an address is anybody's. */
function safe(to: string | undefined): string | undefined {
  return to?.startsWith('/') && !to.startsWith('//') && !to.startsWith('/sign-in') && to !== '/' ? to : undefined;
}

function reason(error: unknown): string {
  switch (error instanceof HttpErrorResponse ? error.status : 0) {
    case 401:
      return $localize`The address, the password or the code is not right.`;
    case 409:
      return $localize`The time for this sign-in is over. Begin again.`;
    case 422:
      return $localize`The rules for passwords do not allow this one: use more characters, with letters of both cases, digits and signs.`;
    case 429:
      return $localize`Too many attempts. Wait a minute.`;
    default:
      return $localize`The sign-in does not answer. Try again in a moment.`;
  }
}
