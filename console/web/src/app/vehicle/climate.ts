import { ChangeDetectionStrategy, Component, computed, inject, input, linkedSignal, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatSlideToggle } from '@angular/material/slide-toggle';
import { MatSlider, MatSliderThumb } from '@angular/material/slider';

import { Shadow, Vehicle } from '../contract/models';
import { Stream } from '../live/live';
import { Clock } from '../ui/clock';
import { ago, number } from '../ui/format';
import { problemText } from '../ui/loaded';
import { may } from './may';
import { VehicleApi } from './vehicle-api';

/** Climate shows what the car was asked for and what it does, by its shadow, and asks for something else. */
@Component({
  selector: 'cc-climate',
  imports: [MatButton, MatSlideToggle, MatSlider, MatSliderThumb],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <section class="panel">
      <h2 i18n>Climate</h2>
      @if (shadow(); as s) {
        <p class="row state" role="status">
          <strong [class]="progress()">{{ word() }}</strong>
          @if (s.at) {
            <span class="muted" i18n>changed {{ ago(s.at, clock.now()) }}</span>
          }
        </p>
        <div class="scroll"><table>
          <thead>
            <tr>
              <th></th>
              <th i18n>Asked for</th>
              <th i18n>The car reports</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <td i18n>Temperature</td>
              <td>{{ degrees(s.desired['targetTemperatureC']) }}</td>
              <td data-testid="reported">{{ degrees(s.reported['targetTemperatureC']) }}</td>
            </tr>
            <tr>
              <td i18n>Air conditioning</td>
              <td>{{ onOff(s.desired['airConditioning']) }}</td>
              <td>{{ onOff(s.reported['airConditioning']) }}</td>
            </tr>
          </tbody>
        </table></div>
        @if (may(car(), 'setClimate')) {
          <form (submit)="ask($event)">
            <label id="temperature" i18n>Temperature: {{ degrees(wish()) }}</label>
            <mat-slider min="16" max="30" step="0.5" discrete [displayWith]="degrees">
              <input matSliderThumb aria-labelledby="temperature" [value]="wish()" (valueChange)="wish.set($event)" />
            </mat-slider>
            <mat-slide-toggle [checked]="cooling()" (change)="cooling.set($event.checked)" i18n>Air conditioning</mat-slide-toggle>
            <button mat-flat-button type="submit" [disabled]="busy()" i18n>Set</button>
          </form>
          @if (problem()) {
            <p role="alert">{{ problem() }}</p>
          }
        }
      } @else {
        <p class="muted" i18n>Waiting for the climate's state.</p>
      }
    </section>
  `,
  styles: `
    form {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 12px;
      padding-top: 12px;
    }
    mat-slider {
      flex: 1 1 160px;
    }
    .state {
      margin: 0 0 4px;
    }
    .obeyed {
      color: var(--cc-good);
    }
    .asked,
    .late {
      color: var(--cc-high);
    }
  `,
})
export class Climate {
  private readonly api = inject(VehicleApi);
  protected readonly clock = inject(Clock);
  readonly car = input.required<Vehicle>();
  readonly live = input.required<Stream>();
  private readonly seen = computed(() => this.live().of<Shadow>('climate:' + this.car().vin)?.body ?? undefined);
  // The answer to one's own wish is newer than the stream until the stream has that version.
  private readonly answered = signal<Shadow | undefined>(undefined);
  protected readonly shadow = computed(() => {
    const [mine, stream] = [this.answered(), this.seen()];
    return mine && (!stream || mine.version > stream.version) ? mine : stream;
  });
  protected readonly wish = linkedSignal(() => {
    const asked = this.seen()?.desired['targetTemperatureC'] ?? this.seen()?.reported['targetTemperatureC'];
    return typeof asked === 'number' ? asked : 21;
  });
  protected readonly cooling = linkedSignal(() => (this.seen()?.desired['airConditioning'] ?? this.seen()?.reported['airConditioning']) === true);
  protected readonly busy = signal(false);
  protected readonly problem = signal('');
  protected readonly may = may;
  protected readonly ago = ago;

  /** progress is asked while the car has not done it, obeyed once it reports it, and late when a connected car takes over a minute. */
  protected readonly progress = computed(() => {
    const s = this.shadow();
    if (!s || s.version === 0 || Object.keys(s.desired).length === 0) {
      return 'none';
    }
    if (Object.keys(s.delta).length === 0) {
      return 'obeyed';
    }
    return !s.connected ? 'off' : s.at && this.clock.now() - new Date(s.at).getTime() > 60_000 ? 'late' : 'asked';
  });
  protected readonly word = computed(() => {
    switch (this.progress()) {
      case 'obeyed':
        return $localize`The car has done it`;
      case 'asked':
        return $localize`Asked: waiting for the car`;
      case 'late':
        return $localize`The car is connected and has not done it`;
      case 'off':
        return $localize`Waiting until the car is connected`;
      default:
        return $localize`Nothing asked for`;
    }
  });

  protected readonly degrees = (value: unknown): string => (typeof value === 'number' ? `${number(value)} °C` : '–');

  protected onOff(value: unknown): string {
    return value === true ? $localize`on` : value === false ? $localize`off` : '–';
  }

  protected async ask(event: Event): Promise<void> {
    event.preventDefault();
    this.busy.set(true);
    this.problem.set('');
    try {
      this.answered.set(await this.api.setClimate(this.car().vin, { targetTemperatureC: this.wish(), airConditioning: this.cooling() }));
    } catch (error) {
      this.problem.set(problemText(error));
    } finally {
      this.busy.set(false);
    }
  }
}
