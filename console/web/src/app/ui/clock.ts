import { Injectable, signal } from '@angular/core';

/** Clock ticks each second, for ages on the screen. */
@Injectable({ providedIn: 'root' })
export class Clock {
  readonly now = signal(Date.now());

  constructor() {
    setInterval(() => this.now.set(Date.now()), 1000);
  }
}
