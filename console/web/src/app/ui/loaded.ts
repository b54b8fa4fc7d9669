import { HttpErrorResponse } from '@angular/common/http';
import { ChangeDetectionStrategy, Component, Resource, ResourceRef, computed, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatProgressBar } from '@angular/material/progress-bar';

/** Loaded shows what a resource loads: that it is under way, that it failed and can be tried again, or the content. */
@Component({
  selector: 'cc-loaded',
  imports: [MatButton, MatProgressBar],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (of().isLoading()) {
      <mat-progress-bar mode="indeterminate" i18n-aria-label aria-label="Loading" />
    }
    @if (of().error(); as error) {
      <p role="alert">
        {{ text() }}
        <button mat-button type="button" (click)="again()" i18n>Try again</button>
      </p>
    } @else if (of().hasValue()) {
      @if (empty()) {
        <p class="muted">{{ empty() }}</p>
      } @else {
        <ng-content />
      }
    }
  `,
  styles: `
    :host {
      display: block;
    }
  `,
})
export class Loaded {
  readonly of = input.required<Resource<unknown>>();
  /** empty is the text for a list without items. */
  readonly empty = input<string | false>(false);
  protected readonly text = computed(() => problemText(this.of().error()));

  protected again(): void {
    (this.of() as ResourceRef<unknown>).reload();
  }
}

/** problemText is a failure for people; the server's own words where it has any (RFC 9457). */
export function problemText(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof HttpErrorResponse ? error.cause : error;
  if (!(cause instanceof HttpErrorResponse)) {
    return $localize`Something went wrong.`;
  }
  switch (cause.status) {
    case 0:
      return $localize`You are offline, or the console does not answer.`;
    case 403:
      return $localize`Your role may not do this.`;
    case 404:
      return $localize`There is no such thing, or it is not yours to see.`;
    case 409:
    case 412:
      return $localize`Somebody else was faster: load it again.`;
    case 429:
      return $localize`Too many requests: wait a moment.`;
    case 502:
    case 503:
      return $localize`The platform does not answer now.`;
    default:
      return cause.error?.detail ?? $localize`Something went wrong.`;
  }
}
