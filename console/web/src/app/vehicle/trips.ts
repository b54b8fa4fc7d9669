import { ChangeDetectionStrategy, Component, computed, inject, input, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';

import { CarMap } from '../map/car-map';
import { duration, number, when } from '../ui/format';
import { Loaded } from '../ui/loaded';
import { VehicleApi } from './vehicle-api';

/** Trips lists a car's trips and shows the way of one. */
@Component({
  selector: 'cc-trips',
  imports: [CarMap, Loaded, MatButton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <section class="panel">
      <cc-loaded [of]="trips" [empty]="trips.hasValue() && trips.value().items.length === 0 ? nothing : false">
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th i18n>Started</th>
                <th i18n>Distance</th>
                <th i18n>Time</th>
                <th i18n>Speed, average and most</th>
                <th i18n>Harsh events</th>
                <th i18n>Score</th>
                <th></th>
              </tr>
            </thead>
            <tbody>
              @if (trips.hasValue()) {
                @for (t of trips.value().items; track t.tripId) {
                  <tr>
                    <td>{{ when(t.startedAt) }}</td>
                    <td>{{ number(t.distanceM / 1000) }} km</td>
                    <td>{{ duration(t.durationS) }}</td>
                    <td>{{ number(t.averageSpeedKph, 0) }} / {{ number(t.maxSpeedKph, 0) }} km/h</td>
                    <td>{{ t.harshBraking + t.harshAcceleration + t.harshCornering }}</td>
                    <td>{{ number(t.score) }}</td>
                    <td><button mat-button type="button" [attr.aria-pressed]="chosen() === t.tripId" (click)="chosen.set(t.tripId)" i18n>Show the way</button></td>
                  </tr>
                }
              }
            </tbody>
          </table>
        </div>
      </cc-loaded>
      @if (chosen()) {
        <cc-loaded [of]="trip" [empty]="trip.hasValue() && way().length < 2 ? gone : false">
          <cc-map [way]="way()" />
        </cc-loaded>
      }
    </section>
  `,
  styles: `
    :host {
      display: block;
      padding-top: 12px;
    }
    cc-map {
      height: 420px;
      margin-top: 12px;
    }
  `,
})
export class Trips {
  private readonly api = inject(VehicleApi);
  readonly vin = input.required<string>();
  protected readonly nothing = $localize`No finished trips yet.`;
  protected readonly gone = $localize`The positions of this trip are not kept any more.`;
  protected readonly trips = resource({ params: () => this.vin(), loader: ({ params }) => this.api.trips(params) });
  protected readonly chosen = signal('');
  protected readonly trip = resource({
    params: () => (this.chosen() ? { vin: this.vin(), id: this.chosen() } : undefined),
    loader: ({ params }) => this.api.trip(params.vin, params.id),
  });
  protected readonly way = computed(() => (this.trip.hasValue() ? (this.trip.value().route ?? []).map((p) => [p.longitude, p.latitude] as [number, number]) : []));
  protected readonly when = when;
  protected readonly number = number;
  protected readonly duration = duration;
}
