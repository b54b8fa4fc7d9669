import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';

import { Stream } from './live';

/** LiveBadge tells whether updates arrive. */
@Component({
  selector: 'cc-live-badge',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `<span role="status" [class]="state()">{{ text() }}</span>`,
  styles: `
    span {
      padding: 2px 8px;
      border-radius: 10px;
      border: 1px solid currentColor;
      font-size: 12px;
      white-space: nowrap;
    }
    .live {
      color: var(--cc-good);
    }
    .connecting {
      color: var(--cc-muted);
    }
    .stale,
    .down {
      color: var(--cc-high);
    }
  `,
})
export class LiveBadge {
  readonly stream = input.required<Stream>();
  /** watch is the thing whose trouble counts. */
  readonly watch = input<string>();
  protected readonly state = computed(() => {
    const health = this.stream().health();
    const status = this.watch() ? this.stream().of(this.watch()!)?.status : 200;
    return health === 'live' && status !== undefined && status >= 500 ? 'down' : health;
  });
  protected readonly text = computed(() => {
    switch (this.state()) {
      case 'live':
        return $localize`live`;
      case 'stale':
        return $localize`stale: connecting again`;
      case 'down':
        return $localize`stale: the platform does not answer`;
      default:
        return $localize`connecting`;
    }
  });
}
