import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';

import { Severity as Level } from '../contract/models/severity';

const words: Record<Level, string> = {
  CRITICAL: $localize`critical`,
  HIGH: $localize`high`,
  MEDIUM: $localize`medium`,
  LOW: $localize`low`,
  INFO: $localize`info`,
};

/** Severity is a word with a colour beside it. */
@Component({
  selector: 'cc-severity',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `<span [class]="level().toLowerCase()"><i aria-hidden="true"></i>{{ word() }}</span>`,
  styles: `
    span {
      display: inline-flex;
      align-items: center;
      gap: 6px;
      white-space: nowrap;
      font-weight: 500;
    }
    i {
      width: 9px;
      height: 9px;
      border-radius: 50%;
      background: currentColor;
    }
    .critical {
      color: var(--cc-critical);
    }
    .high {
      color: var(--cc-high);
    }
    .medium {
      color: var(--cc-medium);
    }
    .low,
    .info {
      color: var(--cc-low);
    }
  `,
})
export class Severity {
  readonly level = input.required<Level>();
  protected readonly word = computed(() => words[this.level()]);
}
