import { ChangeDetectionStrategy, Component, inject, linkedSignal, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';

import { Fault, FaultPage } from '../contract/models';
import { Clock } from '../ui/clock';
import { ago, when } from '../ui/format';
import { Loaded, problemText } from '../ui/loaded';
import { Severity } from '../ui/severity';
import { WorklistApi } from './worklist-api';

/** Worklist has the open faults of the cars that a dealer looks after, the newest first. */
@Component({
  selector: 'cc-worklist',
  imports: [Loaded, MatButton, RouterLink, Severity],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="row head">
      <h1 i18n>Worklist</h1>
      <span class="muted" i18n>open faults of the cars in your care</span>
    </div>
    <section class="panel">
      @if (problem()) {
        <p role="alert">{{ problem() }}</p>
      }
      <cc-loaded [of]="first" [empty]="first.hasValue() && page().items.length === 0 ? nothing : false">
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th i18n>Severity</th>
                <th i18n>Code</th>
                <th i18n>Meaning</th>
                <th i18n>Vehicle</th>
                <th i18n>Last</th>
                <th></th>
              </tr>
            </thead>
            <tbody>
              @for (f of page().items; track f.vin + f.diagnosticId) {
                <tr>
                  <td><cc-severity [level]="f.severity" /></td>
                  <td class="code">{{ f.code }}</td>
                  <td>
                    {{ f.description ?? '–' }}<br /><span class="muted">{{ f.ecu }}</span>
                  </td>
                  <td class="code">
                    <a [routerLink]="['/vehicles', f.vin]">{{ f.vin }}</a>
                  </td>
                  <td [title]="when(f.lastSeen)">{{ ago(f.lastSeen, clock.now()) }}</td>
                  <td class="right">
                    @if (f.acknowledgedAt) {
                      <span class="muted" i18n>acknowledged</span>
                    } @else {
                      <button mat-button type="button" (click)="acknowledge(f)" i18n>Acknowledge</button>
                    }
                    <button mat-button type="button" (click)="close(f)" i18n>Repaired: close</button>
                  </td>
                </tr>
              }
            </tbody>
          </table>
        </div>
        @if (page().nextToken) {
          <button mat-button type="button" (click)="more()" i18n>More faults</button>
        }
      </cc-loaded>
    </section>
  `,
  styles: `
    .head {
      margin-bottom: 12px;
    }
    .right {
      text-align: end;
      white-space: nowrap;
    }
  `,
})
export class Worklist {
  private readonly api = inject(WorklistApi);
  protected readonly clock = inject(Clock);
  protected readonly nothing = $localize`No open faults: nothing to do.`;
  protected readonly problem = signal('');
  protected readonly first = resource({ loader: () => this.api.page() });
  protected readonly page = linkedSignal<FaultPage>(() => (this.first.hasValue() ? this.first.value() : { items: [] }));
  protected readonly ago = ago;
  protected readonly when = when;

  protected async more(): Promise<void> {
    await this.trying(async () => {
      const page = await this.api.page(this.page().nextToken);
      this.page.update((was) => ({ items: [...was.items, ...page.items], nextToken: page.nextToken }));
    });
  }

  protected async acknowledge(f: Fault): Promise<void> {
    await this.trying(async () => {
      const next = await this.api.acknowledge(f);
      this.page.update((was) => ({ ...was, items: was.items.map((x) => (x === f ? next : x)) }));
    });
  }

  protected async close(f: Fault): Promise<void> {
    await this.trying(async () => {
      await this.api.close(f);
      this.page.update((was) => ({ ...was, items: was.items.filter((x) => x !== f) }));
    });
  }

  private async trying(action: () => Promise<void>): Promise<void> {
    this.problem.set('');
    try {
      await action();
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }
}
