import { AfterViewInit, ChangeDetectionStrategy, Component, DestroyRef, ElementRef, effect, inject, input, signal, viewChild } from '@angular/core';
import type uPlot from 'uplot';

import { isDark } from '../ui/scheme';

/** Line is one signal over time. */
export interface Line {
  label: string;
  unit: string;
  values: (number | null)[];
}

const colours = ['#0b6b63', '#b35309', '#2c6fb3', '#8a3fa0'];
const darkColours = ['#6fd6c9', '#ffb27a', '#93c9f5', '#d9a5ea'];

/** SeriesChart draws signals over time on a canvas; dragging zooms, a double click shows everything again. */
@Component({
  selector: 'cc-series-chart',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `<div #box class="box" role="img" [attr.aria-label]="label()"></div>`,
  styles: `
    :host {
      display: block;
    }
    .box {
      min-height: 260px;
    }
  `,
})
export class SeriesChart implements AfterViewInit {
  readonly label = input.required<string>();
  /** times are seconds since 1970, one for each value. */
  readonly times = input.required<number[]>();
  readonly lines = input.required<Line[]>();
  /** marks are times with a word, such as alerts. */
  readonly marks = input<{ at: number; text: string }[]>([]);
  private readonly box = viewChild.required<ElementRef<HTMLElement>>('box');
  private readonly library = signal<typeof uPlot | undefined>(undefined);
  private chart?: uPlot;
  private watcher?: ResizeObserver;

  constructor() {
    effect(() => {
      const library = this.library();
      if (library) {
        this.draw(library, this.times(), this.lines(), this.marks());
      }
    });
    inject(DestroyRef).onDestroy(() => {
      this.watcher?.disconnect();
      this.chart?.destroy();
    });
  }

  async ngAfterViewInit(): Promise<void> {
    this.library.set((await import('uplot')).default);
    const resized = () => this.chart?.setSize({ width: this.box().nativeElement.clientWidth, height: 260 });
    this.watcher = new ResizeObserver(() => requestAnimationFrame(resized));
    this.watcher.observe(this.box().nativeElement);
  }

  private draw(library: typeof uPlot, times: number[], lines: Line[], marks: { at: number; text: string }[]): void {
    const element = this.box().nativeElement;
    const [palette, text, grid] = isDark() ? [darkColours, '#c3cecc', '#2f3836'] : [colours, '#3a4341', '#e1e7e6'];
    const units = [...new Set(lines.map((l) => l.unit))];
    this.chart?.destroy();
    this.chart = new library(
      {
        width: element.clientWidth,
        height: 260,
        series: [{}, ...lines.map((l, n) => ({ label: l.label, stroke: palette[n % palette.length], width: 1.5, scale: l.unit || 'y', spanGaps: true }))],
        axes: [
          { stroke: text, grid: { stroke: grid, width: 1 } },
          ...units.map((unit, n) => ({
            scale: unit || 'y',
            side: (n % 2 === 0 ? 3 : 1) as 1 | 3,
            stroke: text,
            grid: { show: n === 0, stroke: grid, width: 1 },
            values: (_: uPlot, ticks: number[]) => ticks.map((v) => `${v} ${unit}`),
            size: 76,
          })),
        ],
        hooks: { draw: [(u) => mark(u, marks, text)] },
      },
      [times, ...lines.map((l) => l.values)],
      element,
    );
  }
}

function mark(u: uPlot, marks: { at: number; text: string }[], colour: string): void {
  u.ctx.save();
  u.ctx.strokeStyle = u.ctx.fillStyle = colour;
  u.ctx.setLineDash([4, 4]);
  for (const m of marks) {
    const x = u.valToPos(m.at, 'x', true);
    if (x >= u.bbox.left && x <= u.bbox.left + u.bbox.width) {
      u.ctx.beginPath();
      u.ctx.moveTo(x, u.bbox.top);
      u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
      u.ctx.stroke();
      u.ctx.fillText(m.text, x + 4, u.bbox.top + 12);
    }
  }
  u.ctx.restore();
}
