// What the tests share: the running platform, Chromium, and people who sign in.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const description = process.env.PLATFORM ?? `${repository}.local/platform.json`;
const carctl = process.env.CARCTL ?? `${repository}.local/bin/carctl`;
export const platform = JSON.parse(readFileSync(description, 'utf8'));
export const shots = process.env.SHOTS ?? `${repository}.local/screenshots`;
mkdirSync(shots, { recursive: true });

const browsers = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].filter(Boolean);

// Nothing leaves this machine: the browser's own services are off, and every other name resolves to nothing.
export const launch = () =>
  chromium.launch({
    executablePath: browsers.find(existsSync),
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
    ],
  });

/** tool runs carctl on the running platform and returns what it prints. */
export function tool(...args) {
  return execFileSync(carctl, [...args, '--platform', description], { cwd: repository, encoding: 'utf8' });
}

/** drive keeps cars on the road until stop is called. */
export function drive(...args) {
  const cars = spawn(carctl, ['drive', ...args, '--platform', description], { cwd: repository, stdio: 'ignore' });
  const ended = new Promise((done) => cars.once('exit', done));
  return { stop: () => (cars.kill('SIGINT'), cars.kill('SIGINT'), ended) };
}

export const user = (name) => platform.users.find((u) => u.username === `${name}@example.com`);

/** visit opens the console as somebody's browser. What the pages complain about is in page.complaints. */
export async function visit(browser, { language = 'en', scheme = 'light', phone = false } = {}) {
  const context = await browser.newContext({
    locale: language,
    colorScheme: scheme,
    viewport: phone ? { width: 390, height: 844 } : { width: 1360, height: 850 },
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(45_000);
  page.complaints = [];
  page.on('console', (m) => ['error', 'warning'].includes(m.type()) && !/GPU|WebGL|GL Driver/.test(m.text()) && page.complaints.push(m.text()));
  page.on('pageerror', (e) => page.complaints.push(e.message));
  await page.goto(`${platform.consoleUrl}/`);
  return page;
}

/** signIn signs a person of the platform's description in, with a code where they have an authenticator app. */
export async function signIn(page, name) {
  const who = user(name);
  await page.locator('input[name=username]').fill(who.username);
  await page.locator('input[name=password]').fill(who.password);
  await page.locator('button[type=submit]').click();
  if (who.totpSecret) {
    await page.locator('input[name=code]').fill(tool('user', 'code', who.username).trim());
    await page.locator('button[type=submit]').click();
  }
  await page.locator('cc-sign-in').waitFor({ state: 'detached' });
}

export const open = (page, path, language = 'en') => page.goto(`${platform.consoleUrl}/${language}/${path}`);

/** until waits for a condition. */
export async function until(what, condition, limit = 45_000) {
  for (const end = Date.now() + limit; ; ) {
    const value = await condition();
    if (value) {
      return value;
    }
    if (Date.now() > end) {
      throw new Error(`${what}: not within ${limit / 1000} s`);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
}
