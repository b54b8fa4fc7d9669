/** Numbers and times as the reader's language writes them, in the reader's time zone. */
const language = document.documentElement.lang || 'en';
const moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });

export function when(at: string | undefined): string {
  return at ? moment.format(new Date(at)) : '–';
}

export function number(value: unknown, digits = 1): string {
  return typeof value === 'number' ? new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value) : '–';
}

/** ago is the time since then, in words. */
export function ago(at: string | undefined, now: number): string {
  if (!at) {
    return '–';
  }
  const s = Math.round((new Date(at).getTime() - now) / 1000);
  for (const [unit, size] of [['day', 86400], ['hour', 3600], ['minute', 60]] as const) {
    if (Math.abs(s) >= size) {
      return relative.format(Math.trunc(s / size), unit);
    }
  }
  return relative.format(Math.min(s, 0), 'second');
}

export function duration(seconds: number): string {
  const h = Math.floor(seconds / 3600);
  const m = Math.floor((seconds % 3600) / 60);
  return h > 0 ? `${h} h ${m} min` : m > 0 ? `${m} min` : `${Math.round(seconds)} s`;
}
