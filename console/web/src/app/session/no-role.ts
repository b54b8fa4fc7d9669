import { ChangeDetectionStrategy, Component, inject } from '@angular/core';

import { Session } from './session';

@Component({
  selector: 'cc-no-role',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <section class="panel">
      <h1 i18n>No role yet</h1>
      <p i18n>
        You are signed in as {{ session.current().email }}, but this account has no role here. Manufacturers, dealers and operators need an
        authenticator app before their role counts; ask whoever manages the accounts.
      </p>
    </section>
  `,
})
export class NoRole {
  protected readonly session = inject(Session);
}
