import { ChangeDetectionStrategy, Component, computed, inject, resource, signal } from '@angular/core';
import { FormsModule, NgForm } from '@angular/forms';
import { MatButton } from '@angular/material/button';
import { MatFormField, MatLabel } from '@angular/material/form-field';
import { MatInput } from '@angular/material/input';
import { Router, RouterLink } from '@angular/router';

import { State } from '../contract/models/state';
import { Live } from '../live/live';
import { LiveBadge } from '../live/live-badge';
import { CarMap, Placed } from '../map/car-map';
import { Clock } from '../ui/clock';
import { Connection } from '../ui/connection';
import { ago, number } from '../ui/format';
import { Loaded, problemText } from '../ui/loaded';
import { VehiclesApi } from '../vehicles/vehicles-api';
import { nameOf, relations } from '../vehicles/words';

@Component({
  selector: 'cc-my-cars',
  imports: [CarMap, Connection, FormsModule, LiveBadge, Loaded, MatButton, MatFormField, MatInput, MatLabel, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="row head">
      <h1 i18n>My cars</h1>
      @if (list().length > 0) {
        <cc-live-badge [stream]="live" />
      }
    </div>
    <div class="grid">
      <div class="stack">
        <cc-loaded [of]="cars" [empty]="cars.hasValue() && list().length === 0 ? nothing : false">
          @for (car of list(); track car.vin) {
            @let s = state(car.vin);
            <a class="panel car" [routerLink]="['/vehicles', car.vin]">
              <span class="row"
                ><strong>{{ nameOf(car) }}</strong
                ><span class="spacer"></span><cc-connection [connected]="s?.connected" [stale]="live.health() === 'stale'"
              /></span>
              <span class="speed">{{ value(s, 'Vehicle.Speed', 0) }} <small>km/h</small></span>
              <span class="row muted"
                >{{ relations[car.relation] }}<span class="spacer"></span>{{ ago(s?.at, clock.now()) }}</span
              >
            </a>
          }
        </cc-loaded>
        <section class="panel">
          <h2 i18n>Add a car</h2>
          <form class="claim" (ngSubmit)="claim(f)" #f="ngForm">
            <mat-form-field>
              <mat-label i18n>VIN</mat-label>
              <input matInput name="vin" [(ngModel)]="vin" required minlength="17" maxlength="17" autocapitalize="characters" autocomplete="off" />
            </mat-form-field>
            <mat-form-field>
              <mat-label i18n>Code from your dealer</mat-label>
              <input matInput name="code" [(ngModel)]="code" required maxlength="32" autocapitalize="characters" autocomplete="off" />
            </mat-form-field>
            @if (problem()) {
              <p role="alert">{{ problem() }}</p>
            }
            <button mat-flat-button type="submit" [disabled]="busy() || f.invalid" i18n>Claim this car</button>
          </form>
        </section>
      </div>
      @if (list().length > 0) {
        <section class="panel map"><cc-map [cars]="placed()" [closest]="7" (chosen)="open($event)" /></section>
      }
    </div>
  `,
  styles: `
    .head {
      margin-bottom: 12px;
    }
    .grid {
      display: grid;
      grid-template-columns: minmax(280px, 380px) 1fr;
      gap: 12px;
      align-items: start;
    }
    .stack,
    .claim {
      display: grid;
      gap: 12px;
    }
    .car {
      display: grid;
      gap: 4px;
      color: inherit;
      text-decoration: none;
      margin-bottom: 8px;
    }
    .car:hover {
      border-color: var(--mat-sys-primary);
    }
    .speed {
      font-size: 28px;
      font-weight: 600;
    }
    small {
      font-size: 14px;
      font-weight: 400;
      color: var(--cc-muted);
    }
    cc-map {
      height: 62dvh;
    }
    @media (max-width: 720px) {
      .grid {
        grid-template-columns: minmax(0, 1fr);
      }
      .map {
        order: -1;
      }
      cc-map {
        height: 40dvh;
      }
    }
  `,
})
export class MyCars {
  private readonly api = inject(VehiclesApi);
  private readonly router = inject(Router);
  protected readonly clock = inject(Clock);
  protected readonly nothing = $localize`You have no car here yet. Your dealer gives you a code for yours.`;
  protected readonly cars = resource({ loader: () => this.api.page() });
  protected readonly list = computed(() => (this.cars.hasValue() ? this.cars.value().items : []));
  protected readonly live = inject(Live).follow(computed(() => this.list().slice(0, 20).map((car) => 'state:' + car.vin)));
  protected readonly placed = computed(() =>
    this.list().flatMap((car): Placed[] => {
      const signals = this.state(car.vin)?.signals;
      const latitude = signals?.['Vehicle.CurrentLocation.Latitude']?.value;
      const longitude = signals?.['Vehicle.CurrentLocation.Longitude']?.value;
      return typeof latitude === 'number' && typeof longitude === 'number' ? [{ vin: car.vin, name: nameOf(car), latitude, longitude }] : [];
    }),
  );
  protected readonly busy = signal(false);
  protected readonly problem = signal('');
  protected vin = '';
  protected code = '';
  protected readonly nameOf = nameOf;
  protected readonly relations = relations;
  protected readonly ago = ago;

  protected state(vin: string): State | undefined {
    return this.live.of<State>('state:' + vin)?.body ?? undefined;
  }

  protected value(s: State | undefined, signal: string, digits: number): string {
    return number(s?.signals?.[signal]?.value, digits);
  }

  protected open(vin: string): void {
    void this.router.navigate(['/vehicles', vin]);
  }

  protected async claim(form: NgForm): Promise<void> {
    this.busy.set(true);
    this.problem.set('');
    try {
      await this.api.claim((this.vin ?? '').trim().toUpperCase(), (this.code ?? '').trim().toUpperCase());
      form.resetForm(); // as if nobody had typed: empty fields are no mistake
      this.cars.reload();
    } catch (error) {
      this.problem.set(problemText(error));
    } finally {
      this.busy.set(false);
    }
  }
}
