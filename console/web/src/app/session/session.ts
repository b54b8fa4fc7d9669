import { HttpClient, HttpErrorResponse, HttpInterceptorFn } from '@angular/common/http';
import { Injectable, computed, inject, signal } from '@angular/core';
import { Router } from '@angular/router';
import { catchError, firstValueFrom, throwError } from 'rxjs';

export type Role = 'manufacturer' | 'dealer' | 'driver' | 'operator';

/** Who is signed in, as the console's server tells it. No token is among it. */
export interface Current {
  signedIn: boolean;
  signIn: 'pages' | 'password';
  challenge?: 'SOFTWARE_TOKEN_MFA' | 'NEW_PASSWORD_REQUIRED';
  userId?: string;
  email?: string;
  roles?: Role[];
  manufacturerId?: string;
  dealerId?: string;
}

@Injectable({ providedIn: 'root' })
export class Session {
  private readonly http = inject(HttpClient);
  readonly current = signal<Current>({ signedIn: false, signIn: 'password' });
  readonly roles = computed(() => this.current().roles ?? []);

  has(...roles: Role[]): boolean {
    return this.roles().some((role) => roles.includes(role));
  }

  /** home is the first page for the person's role. */
  home(): string {
    if (this.has('manufacturer', 'dealer', 'operator')) {
      return '/fleet';
    }
    return this.has('driver') ? '/cars' : '/no-role';
  }

  async load(): Promise<void> {
    this.current.set(await firstValueFrom(this.http.get<Current>('/auth/session')));
  }

  password(username: string, password: string): Promise<Current> {
    return this.step('/auth/password', { username, password });
  }

  answer(answer: string): Promise<Current> {
    return this.step('/auth/answer', { answer });
  }

  private async step(path: string, body: object): Promise<Current> {
    const next = await firstValueFrom(this.http.post<Current>(path, body));
    if (next.signedIn) {
      this.current.set(next);
    }
    return next;
  }

  async signOut(everywhere: boolean): Promise<void> {
    const { redirect } = await firstValueFrom(this.http.post<{ redirect?: string }>('/auth/signout', { everywhere }));
    this.ended();
    if (redirect) {
      location.assign(redirect);
    }
  }

  /** ended forgets the person: the server did already. */
  ended(): void {
    this.current.update((was) => ({ signedIn: false, signIn: was.signIn }));
  }
}

/** endedSession sends the person to the sign-in when the server says that the session is over, and keeps the page to come back to. */
export const endedSession: HttpInterceptorFn = (request, next) => {
  const session = inject(Session);
  const router = inject(Router);
  return next(request).pipe(
    catchError((error: HttpErrorResponse) => {
      if (error.status === 401 && request.url.startsWith('/api/')) {
        session.ended();
        void router.navigate(['/sign-in'], { queryParams: { to: router.url } });
      }
      return throwError(() => error);
    }),
  );
};
