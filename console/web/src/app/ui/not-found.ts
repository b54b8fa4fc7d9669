import { ChangeDetectionStrategy, Component } from '@angular/core';
import { RouterLink } from '@angular/router';

@Component({
  selector: 'cc-not-found',
  imports: [RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <section class="panel">
      <h1 i18n>Not found</h1>
      <p i18n>There is no such page, or it is not yours to see.</p>
      <a routerLink="/" i18n>To the first page</a>
    </section>
  `,
})
export class NotFound {}
