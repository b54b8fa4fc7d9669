import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';

/** Connection tells whether a car is connected, and whether what is shown of it is old. */
@Component({
  selector: 'cc-connection',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `<span [class]="kind()"><i aria-hidden="true"></i>{{ text() }}</span>`,
  styles: `
    span {
      display: inline-flex;
      align-items: center;
      gap: 6px;
      white-space: nowrap;
    }
    i {
      width: 9px;
      height: 9px;
      border-radius: 50%;
      border: 2px solid currentColor;
    }
    .on {
      color: var(--cc-good);
    }
    .on i {
      background: currentColor;
    }
    .off,
    .unknown {
      color: var(--cc-muted);
    }
    .stale {
      color: var(--cc-medium);
    }
  `,
})
export class Connection {
  readonly connected = input<boolean>();
  readonly stale = input(false);
  protected readonly kind = computed(() => (this.connected() === undefined ? 'unknown' : this.stale() ? 'stale' : this.connected() ? 'on' : 'off'));
  protected readonly text = computed(() => {
    switch (this.kind()) {
      case 'on':
        return $localize`connected`;
      case 'off':
        return $localize`not connected`;
      case 'stale':
        return $localize`stale`;
      default:
        return $localize`unknown`;
    }
  });
}
