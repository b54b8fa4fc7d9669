import { DestroyRef, Injectable, Signal, computed, effect, inject, signal } from '@angular/core';
import { Router } from '@angular/router';

import { Session } from '../session/session';

/** Looked is the newest look at one thing: the API's status and answer. */
export interface Looked<T = unknown> {
  status: number;
  body: T;
}

export type Health = 'connecting' | 'live' | 'stale';

/** silence is the time without any event after which a stream counts as dead: two heartbeats. */
const silence = 35_000;

/** Live opens streams of updates. */
@Injectable({ providedIn: 'root' })
export class Live {
  private readonly session = inject(Session);
  private readonly router = inject(Router);

  /** follow keeps a stream of those things open for as long as the caller lives. */
  follow(watches: Signal<string[]>): Stream {
    const stream = new Stream(() => {
      this.session.ended();
      void this.router.navigate(['/sign-in'], { queryParams: { to: this.router.url } });
    });
    const key = computed(() => watches().join('&'));
    effect(() => {
      key();
      stream.open(watches());
    });
    inject(DestroyRef).onDestroy(() => stream.close());
    return stream;
  }
}

/** Stream holds the newest of each thing that it follows. The browser connects again by itself and says what it has (Last-Event-ID). */
export class Stream {
  private source?: EventSource;
  private readonly looked = signal<Record<string, Looked>>({});
  private readonly heardAt = signal(0);
  private readonly broken = signal(true);
  private timer?: ReturnType<typeof setInterval>;
  private readonly silent = signal(false);
  readonly health = computed<Health>(() => (this.heardAt() === 0 ? 'connecting' : this.broken() || this.silent() ? 'stale' : 'live'));

  constructor(private readonly ended: () => void) {}

  of<T>(watch: string): Looked<T> | undefined {
    return this.looked()[watch] as Looked<T> | undefined;
  }

  open(watches: string[]): void {
    this.close();
    if (watches.length === 0) {
      return;
    }
    this.source = new EventSource('/live?' + watches.map((w) => 'watch=' + encodeURIComponent(w)).join('&'));
    this.source.addEventListener('open', () => this.heard());
    this.source.addEventListener('heartbeat', () => this.heard());
    this.source.addEventListener('update', (e) => this.update(e));
    this.source.addEventListener('ended', () => {
      this.close();
      this.ended();
    });
    this.source.addEventListener('error', () => this.broken.set(true));
    this.timer = setInterval(() => this.silent.set(this.heardAt() > 0 && Date.now() - this.heardAt() > silence), 1000);
  }

  close(): void {
    this.source?.close();
    clearInterval(this.timer);
  }

  private heard(): void {
    this.heardAt.set(Date.now());
    this.broken.set(false);
    this.silent.set(false);
  }

  private update(e: MessageEvent<string>): void {
    this.heard();
    const { watch, status, body } = JSON.parse(e.data) as { watch: string; status: number; body: unknown };
    this.looked.update((all) => ({ ...all, [watch]: status === 200 || !all[watch] ? { status, body } : { status, body: all[watch]!.body } }));
  }
}
