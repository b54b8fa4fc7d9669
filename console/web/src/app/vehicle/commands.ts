import { ChangeDetectionStrategy, Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';

import { Command, CommandPage, NewCommand, Vehicle } from '../contract/models';
import { Stream } from '../live/live';
import { Clock } from '../ui/clock';
import { ago, when } from '../ui/format';
import { problemText } from '../ui/loaded';
import { may } from './may';
import { VehicleApi } from './vehicle-api';

const states: Record<Command['status'], string> = {
  PENDING: $localize`waiting`,
  SENT: $localize`sent`,
  SUCCEEDED: $localize`done`,
  FAILED: $localize`failed`,
  REJECTED: $localize`refused by the car`,
  TIMED_OUT: $localize`timed out`,
};

const names: Record<string, string> = {
  lock: $localize`Lock`,
  unlock: $localize`Unlock`,
  honk: $localize`Honk`,
  diagnose: $localize`Diagnose itself`,
  climate: $localize`Climate`,
  healthreport: $localize`Health report`,
};

/** Commands tells the car to do something, and shows what it was told and how that went. */
@Component({
  selector: 'cc-commands',
  imports: [MatButton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <section class="panel">
      <div class="row">
        @for (kind of kinds(); track kind) {
          <button mat-stroked-button type="button" [disabled]="busy()" (click)="send(kind)">{{ names[kind] }}</button>
        }
      </div>
      @if (problem()) {
        <p role="alert">{{ problem() }}</p>
      }
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th i18n>Command</th>
              <th i18n>Status</th>
              <th i18n>By</th>
              <th i18n>Sent</th>
              <th i18n>Answered</th>
            </tr>
          </thead>
          <tbody>
            @for (c of list(); track c.commandId) {
              <tr>
                <td>{{ names[c.kind] ?? c.kind }}</td>
                <td>{{ states[c.status] }} {{ c.reason ? '– ' + c.reason : '' }}</td>
                <td>{{ c.issuedAs ?? '–' }}</td>
                <td [title]="when(c.issuedAt)">{{ ago(c.issuedAt, clock.now()) }}</td>
                <td>{{ ago(c.answeredAt, clock.now()) }}</td>
              </tr>
            } @empty {
              <tr>
                <td colspan="5" class="muted" i18n>This car was not told to do anything yet.</td>
              </tr>
            }
          </tbody>
        </table>
      </div>
    </section>
  `,
  styles: `
    :host {
      display: block;
      padding-top: 12px;
    }
  `,
})
export class Commands {
  private readonly api = inject(VehicleApi);
  protected readonly clock = inject(Clock);
  readonly car = input.required<Vehicle>();
  readonly live = input.required<Stream>();
  protected readonly list = computed(() => this.live().of<CommandPage>('commands:' + this.car().vin)?.body?.items ?? []);
  protected readonly kinds = computed((): NewCommand['kind'][] =>
    may(this.car(), 'drive') ? ['lock', 'unlock', 'honk', 'diagnose'] : may(this.car(), 'diagnose') ? ['diagnose'] : [],
  );
  protected readonly busy = signal(false);
  protected readonly problem = signal('');
  protected readonly states = states;
  protected readonly names = names;
  protected readonly ago = ago;
  protected readonly when = when;

  protected async send(kind: NewCommand['kind']): Promise<void> {
    this.busy.set(true);
    this.problem.set('');
    try {
      await this.api.command(this.car().vin, { kind });
    } catch (error) {
      this.problem.set(problemText(error));
    } finally {
      this.busy.set(false);
    }
  }
}
