import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { Router, RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';

import { Session } from './session/session';

@Component({
  selector: 'cc-root',
  imports: [MatButton, MatMenu, MatMenuItem, MatMenuTrigger, RouterLink, RouterLinkActive, RouterOutlet],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <a class="skip" href="#content" (click)="skip($event)" i18n>Skip to the content</a>
    <header>
      <a class="brand" routerLink="/" i18n-aria-label aria-label="Connected cars"><img src="icon.svg" alt="" width="24" height="24" /> <span i18n>Connected cars</span></a>
      @if (session.current().signedIn) {
        <nav i18n-aria-label aria-label="Pages">
          @for (page of pages(); track page.path) {
            <a [routerLink]="page.path" routerLinkActive="here" ariaCurrentWhenActive="page">{{ page.title }}</a>
          }
        </nav>
      }
      <span class="spacer"></span>
      <button mat-button type="button" (click)="nextScheme()">{{ schemeName() }}</button>
      <button mat-button type="button" [matMenuTriggerFor]="languages" i18n-aria-label aria-label="Language">{{ language.toUpperCase() }}</button>
      <mat-menu #languages>
        <button mat-menu-item lang="en" (click)="speak('en')">English</button>
        <button mat-menu-item lang="de" (click)="speak('de')">Deutsch</button>
      </mat-menu>
      @if (session.current().signedIn) {
        <button mat-button class="account" type="button" [matMenuTriggerFor]="account" i18n-aria-label aria-label="Account">
          <span class="mail">{{ session.current().email }}</span><span class="initial">{{ session.current().email?.slice(0, 1)?.toUpperCase() }}</span>
        </button>
        <mat-menu #account>
          <p class="who">{{ session.current().email }}<br />{{ roles() }}</p>
          <a mat-menu-item routerLink="/preferences" i18n>Preferences</a>
          <button mat-menu-item (click)="signOut(false)" i18n>Sign out</button>
          <button mat-menu-item (click)="signOut(true)" i18n>Sign out on every device</button>
        </mat-menu>
      }
    </header>
    <div id="content" tabindex="-1"><router-outlet /></div>
  `,
  styles: `
    header {
      display: flex;
      align-items: center;
      gap: 4px;
      padding: 6px 16px;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
      background: var(--mat-sys-surface);
      position: sticky;
      top: 0;
      z-index: 5;
      min-height: 52px;
    }
    .brand {
      display: flex;
      align-items: center;
      gap: 8px;
      font-weight: 600;
      color: inherit;
      text-decoration: none;
      white-space: nowrap;
    }
    nav {
      display: flex;
      gap: 2px;
      margin-inline-start: 20px;
    }
    nav a {
      padding: 8px 12px;
      border-radius: 6px;
      color: inherit;
      text-decoration: none;
    }
    nav a.here {
      background: var(--mat-sys-secondary-container);
      color: var(--mat-sys-on-secondary-container);
      font-weight: 600;
    }
    .who {
      margin: 0;
      padding: 8px 16px;
      color: var(--cc-muted);
    }
    .skip {
      position: absolute;
      left: -9999px;
    }
    .skip:focus {
      left: 8px;
      top: 8px;
      z-index: 10;
      background: var(--mat-sys-surface);
      padding: 8px;
    }
    #content {
      padding: 16px;
      max-width: 1600px;
      margin: 0 auto;
      outline: none;
    }
    .initial {
      display: none;
    }
    @media (max-width: 720px) {
      header {
        padding: 4px 8px;
      }
      .brand span,
      .mail {
        display: none;
      }
      .initial {
        display: inline;
      }
      nav {
        position: fixed;
        inset: auto 0 0;
        justify-content: space-around;
        background: var(--mat-sys-surface-container);
        border-top: 1px solid var(--mat-sys-outline-variant);
        margin: 0;
        padding: 4px;
      }
      nav a {
        padding: 12px;
      }
      #content {
        padding: 12px 12px 72px;
      }
    }
  `,
})
export class App {
  protected readonly session = inject(Session);
  private readonly router = inject(Router);
  protected readonly language = document.documentElement.lang || 'en';
  private readonly scheme = signal(stored());

  protected readonly pages = computed(() => {
    this.session.current();
    const all = [];
    if (this.session.has('manufacturer', 'dealer', 'operator')) {
      all.push({ path: '/fleet', title: $localize`Fleet` });
    }
    if (this.session.has('driver')) {
      all.push({ path: '/cars', title: $localize`My cars` });
    }
    if (this.session.has('dealer')) {
      all.push({ path: '/worklist', title: $localize`Worklist` });
    }
    if (this.session.roles().length > 0) {
      all.push({ path: '/vehicles', title: $localize`Vehicles` });
    }
    if (this.session.has('manufacturer', 'operator')) {
      all.push({ path: '/devices', title: $localize`Devices` });
    }
    if (this.session.roles().length > 0) {
      all.push({ path: '/alerts', title: $localize`Alerts` });
    }
    return all;
  });

  protected readonly roles = computed(() => this.session.roles().join(', '));

  protected readonly schemeName = computed(() => {
    switch (this.scheme()) {
      case 'light':
        return $localize`Light`;
      case 'dark':
        return $localize`Dark`;
      default:
        return $localize`Auto`;
    }
  });

  constructor() {
    this.apply();
  }

  protected nextScheme(): void {
    this.scheme.update((was) => (was === 'auto' ? 'light' : was === 'light' ? 'dark' : 'auto'));
    localStorage.setItem('scheme', this.scheme());
    this.apply();
  }

  private apply(): void {
    const scheme = this.scheme();
    document.documentElement.style.colorScheme = scheme === 'auto' ? 'light dark' : scheme;
  }

  /** speak opens the same page in another language, which is another build, and remembers it for the next visit. */
  protected speak(language: string): void {
    document.cookie = `language=${language};path=/;max-age=31536000;samesite=lax`;
    location.assign('/' + language + this.router.url);
  }

  protected async signOut(everywhere: boolean): Promise<void> {
    await this.session.signOut(everywhere);
    await this.router.navigate(['/sign-in']);
  }

  protected skip(event: Event): void {
    event.preventDefault();
    document.getElementById('content')?.focus();
  }
}

function stored(): 'auto' | 'light' | 'dark' {
  const scheme = localStorage.getItem('scheme');
  return scheme === 'light' || scheme === 'dark' ? scheme : 'auto';
}
