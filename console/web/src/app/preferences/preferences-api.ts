import { Injectable, inject } from '@angular/core';

import { Api } from '../contract/api';
import { addPhone, getPreferences, putPreferences, removePhone, verifyPhone } from '../contract/functions';
import { Preferences } from '../contract/models';

/** Versioned are preferences with the version that they had when they were read. */
export interface Versioned {
  version: string;
  body: Preferences;
}

@Injectable({ providedIn: 'root' })
export class PreferencesApi {
  private readonly api = inject(Api);

  async get(): Promise<Versioned> {
    const r = await this.api.invoke$Response(getPreferences, {});
    return { version: r.headers.get('ETag') ?? '', body: r.body };
  }

  async put(of: Versioned): Promise<Versioned> {
    const { phone: _, ...body } = of.body; // a phone has routes of its own: it has to be verified
    const r = await this.api.invoke$Response(putPreferences, { 'If-Match': of.version, body });
    return { version: r.headers.get('ETag') ?? '', body: r.body };
  }

  async addPhone(number: string): Promise<void> {
    await this.api.invoke(addPhone, { body: { number } });
  }

  async verifyPhone(code: string): Promise<void> {
    await this.api.invoke(verifyPhone, { body: { code } });
  }

  async removePhone(): Promise<void> {
    await this.api.invoke(removePhone);
  }
}
