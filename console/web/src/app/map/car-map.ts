import { AfterViewInit, ChangeDetectionStrategy, Component, DestroyRef, ElementRef, effect, inject, input, output, signal, viewChild } from '@angular/core';
import type { FeatureCollection } from 'geojson';
import type { GeoJSONSource, Map as MapLibre, StyleSpecification } from 'maplibre-gl';

import { isDark } from '../ui/scheme';

/** Placed is a car on the map. */
export interface Placed {
  vin: string;
  name: string;
  longitude: number;
  latitude: number;
}

/** CarMap shows cars, and the way of one, on a map that needs no network: land and borders of Natural Earth. */
@Component({
  selector: 'cc-map',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div #box class="box" role="application" i18n-aria-label aria-label="Map. Positions are in the list beside it too."></div>
    @if (failed()) {
      <p class="muted" role="alert" i18n>This browser cannot show the map (WebGL is off). Positions are in the list.</p>
    }
    <p class="muted source" i18n>Land and borders: Natural Earth</p>
  `,
  styles: `
    :host {
      display: block;
      position: relative;
    }
    .box {
      height: 100%;
      min-height: 300px;
      border-radius: 6px;
      overflow: hidden;
      background: light-dark(#e3ecec, #17201f);
    }
    .source {
      position: absolute;
      right: 8px;
      bottom: 4px;
      margin: 0;
      font-size: 11px;
      pointer-events: none;
    }
  `,
})
export class CarMap implements AfterViewInit {
  readonly cars = input<Placed[]>([]);
  /** way is a line of longitudes and latitudes. */
  readonly way = input<[number, number][]>([]);
  /** closest is the zoom that the first picture stays below. */
  readonly closest = input(12);
  readonly chosen = output<string>();
  protected readonly failed = signal(false);
  private readonly box = viewChild.required<ElementRef<HTMLElement>>('box');
  private readonly ready = signal<MapLibre | undefined>(undefined);
  private fitted = false;

  constructor() {
    effect(() => {
      const map = this.ready();
      const cars = this.cars();
      const way = this.way();
      if (map) {
        (map.getSource('cars') as GeoJSONSource).setData(points(cars));
        (map.getSource('way') as GeoJSONSource).setData(line(way));
        this.fit(map, cars, way);
      }
    });
    inject(DestroyRef).onDestroy(() => this.ready()?.remove());
  }

  async ngAfterViewInit(): Promise<void> {
    dress();
    const [library, atlas, topojson] = await Promise.all([
      import('maplibre-gl'),
      fetch('map/countries-50m.json').then((r) => r.json()),
      import('topojson-client'),
    ]);
    library.setWorkerUrl(new URL('map/maplibre-gl-worker.mjs', document.baseURI).href);
    const countries = topojson.feature(atlas, atlas.objects.countries) as unknown as FeatureCollection;
    try {
      const map = new library.Map({
        container: this.box().nativeElement,
        style: style(countries, isDark()),
        center: [10, 50],
        zoom: 3.5,
        attributionControl: false,
        fadeDuration: 0,
      });
      map.addControl(new library.NavigationControl({ showCompass: false }), 'top-right');
      map.addControl(new library.ScaleControl({}), 'bottom-left');
      map.on('click', 'cars', (e) => this.chosen.emit(String(e.features?.[0]?.properties?.['vin'])));
      map.once('load', () => this.ready.set(map));
    } catch {
      this.failed.set(true);
    }
  }

  /** fit shows everything once; afterwards it follows a car that leaves the picture. */
  private fit(map: MapLibre, cars: Placed[], way: [number, number][]): void {
    const all = [...cars.map((c) => [c.longitude, c.latitude] as [number, number]), ...way];
    const first = all[0];
    if (!first) {
      return;
    }
    const only = cars[0];
    if (this.fitted) {
      if (cars.length === 1 && only && !map.getBounds().contains([only.longitude, only.latitude])) {
        map.easeTo({ center: [only.longitude, only.latitude] });
      }
      return;
    }
    this.fitted = true;
    const box: [[number, number], [number, number]] = [
      [Math.min(...all.map((p) => p[0])), Math.min(...all.map((p) => p[1]))],
      [Math.max(...all.map((p) => p[0])), Math.max(...all.map((p) => p[1]))],
    ];
    map.fitBounds(box, { padding: 60, maxZoom: this.closest(), animate: false });
  }
}

/** dress loads the library's styles, which nobody needs without a map. */
function dress(): void {
  const href = 'map/maplibre-gl.css';
  if (!document.querySelector(`link[href="${href}"]`)) {
    document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href }));
  }
}

function points(cars: Placed[]): FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: cars.map((c) => ({
      type: 'Feature',
      properties: { vin: c.vin, name: c.name },
      geometry: { type: 'Point', coordinates: [c.longitude, c.latitude] },
    })),
  };
}

function line(way: [number, number][]): FeatureCollection {
  const features: FeatureCollection['features'] = way.length > 1 ? [{ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: way } }] : [];
  return { type: 'FeatureCollection', features };
}

function style(countries: FeatureCollection, night: boolean): StyleSpecification {
  const colour = night
    ? { sea: '#17201f', land: '#26302e', border: '#47534f', accent: '#6fd6c9', halo: '#0d1211' }
    : { sea: '#e3ecec', land: '#fbfaf6', border: '#b9c2be', accent: '#0b6b63', halo: '#ffffff' };
  const empty = points([]);
  return {
    version: 8,
    sources: {
      countries: { type: 'geojson', data: countries },
      way: { type: 'geojson', data: empty },
      cars: { type: 'geojson', data: empty, cluster: true, clusterRadius: 40, clusterMaxZoom: 10 },
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': colour.sea } },
      { id: 'land', type: 'fill', source: 'countries', paint: { 'fill-color': colour.land } },
      { id: 'borders', type: 'line', source: 'countries', paint: { 'line-color': colour.border, 'line-width': 0.7 } },
      { id: 'way', type: 'line', source: 'way', paint: { 'line-color': colour.accent, 'line-width': 3, 'line-opacity': 0.6 } },
      {
        id: 'clusters',
        type: 'circle',
        source: 'cars',
        filter: ['has', 'point_count'],
        paint: {
          'circle-color': colour.accent,
          'circle-opacity': 0.75,
          'circle-radius': ['step', ['get', 'point_count'], 12, 10, 17, 100, 23],
          'circle-stroke-color': colour.halo,
          'circle-stroke-width': 2,
        },
      },
      {
        id: 'cars',
        type: 'circle',
        source: 'cars',
        filter: ['!', ['has', 'point_count']],
        paint: { 'circle-color': colour.accent, 'circle-radius': 8, 'circle-stroke-color': colour.halo, 'circle-stroke-width': 3 },
      },
    ],
  };
}
