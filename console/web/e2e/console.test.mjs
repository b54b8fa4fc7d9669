// The console in a browser, on a running platform whose cars nobody drives otherwise (make up): `npm test`.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import { drive, launch, open, platform, shots, signIn, tool, until, user, visit } from './browser.mjs';

// The first car and the one with trouble are ana's, the other becomes ben's.
const [car, other, troubled] = process.env.CARS?.split(',') ?? platform.vehicles;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser;
let ana;
const roads = [];

before(async () => {
  roads.push(drive('--duration', '1h', '--vin', car, '--vin', other));
  tool('drive', '--duration', '10s', '--speedup', '10', '--vin', troubled); // which registers it
  browser = await launch();
  ana = await visit(browser);
  await signIn(ana, 'ana');
  for (const vin of [car, troubled]) {
    if ((await api(ana, 'GET', `/vehicles/${vin}`)).status === 404) {
      assert.equal((await api(ana, 'POST', '/claims', { vin, code: claimCode(vin) })).status, 201);
    }
  }
  // In real time and after the claim: an owner sees no alert of before, and a sped-up drive begins in the past.
  roads.push(drive('--duration', '1m', '--dtc', 'P0301', '--vin', troubled));
});
after(async () => {
  await browser?.close();
  await Promise.all(roads.map((cars) => cars.stop()));
});

const claimCode = (vin) => JSON.parse(tool('api', 'POST', `/v1/vehicles/${vin}/claim-code`, '--as', 'north@example.com')).code;

const shot = (page, name) => page.screenshot({ path: `${shots}/${name}.png` });

/** api calls the console's API as the page would. */
const api = (page, method, path, body) =>
  page.evaluate(
    async ([m, p, b]) => {
      const r = await fetch(`/api/v1${p}`, { method: m, body: b && JSON.stringify(b), headers: b ? { 'Content-Type': 'application/json' } : {} });
      return { status: r.status, body: await r.json().catch(() => undefined) };
    },
    [method, path, body],
  );

/** violations are what axe finds on the page as it is. */
async function violations(page) {
  const found = await page.evaluate(`${axe}; axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })`);
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(', ')}`);
}

test('a driver claims a car by a code, on a phone', async () => {
  const phone = await visit(browser, { phone: true });
  await signIn(phone, 'ben');
  if ((await api(phone, 'GET', `/vehicles/${other}`)).status === 200) {
    await api(phone, 'DELETE', `/vehicles/${other}/owner`); // of a run before this one
    await open(phone, 'cars');
  }
  const code = claimCode(other);
  await phone.locator('input[name=vin]').fill(other.toLowerCase());
  await phone.locator('input[name=code]').fill('WRONG-CODE1');
  await phone.getByRole('button', { name: 'Claim this car' }).click();
  await phone.getByRole('alert').waitFor();
  await phone.locator('input[name=code]').fill(code);
  await phone.getByRole('button', { name: 'Claim this car' }).click();
  await phone.getByText('Acme Comet').waitFor();
  await shot(phone, 'my-cars-phone');
  const width = await phone.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 390, `the page is ${width} px wide`);
});

test('a driving car moves, and its speed changes, without a reload', async () => {
  await open(ana, `vehicles/${car}`);
  await ana.getByText('live', { exact: true }).waitFor();
  const [speed, position] = [ana.locator('[data-signal="Vehicle.Speed"]'), ana.getByTestId('position')];
  const first = [await speed.innerText(), await position.innerText()];
  await until('the speed changes', async () => (await speed.innerText()) !== first[0]);
  await until('the car moves', async () => (await position.innerText()) !== first[1]);
  await shot(ana, 'vehicle');
});

test('the climate is asked for, and the car obeys', async () => {
  await open(ana, `vehicles/${car}`);
  const slider = ana.locator('cc-climate input[type=range]');
  await slider.waitFor();
  const wish = (await slider.inputValue()) === '24.5' ? '22' : '24.5';
  await slider.fill(wish);
  await ana.getByRole('button', { name: 'Set', exact: true }).click();
  await ana.getByText('The car has done it').waitFor();
  await until('the car reports it', async () => (await ana.getByTestId('reported').innerText()).startsWith(wish));
});

test('an alert arrives in the inbox, and stays acknowledged', async () => {
  await open(ana, 'alerts');
  await ana.getByRole('heading', { name: 'Alerts' }).waitFor();
  const button = ana.getByRole('button', { name: 'Acknowledge', exact: true }).first();
  await button.waitFor({ timeout: 40_000 });
  const id = (await api(ana, 'GET', '/alerts?status=OPEN')).body.items[0].alertId;
  await button.click();
  await ana.getByText('Acknowledged', { exact: true }).last().waitFor();
  await until('the API has it', async () => (await api(ana, 'GET', `/alerts?status=ACKNOWLEDGED`)).body.items.some((a) => a.alertId === id));
});

test("another driver's car is not found, on any way", async () => {
  await open(ana, `vehicles/${other}`);
  await ana.getByText('There is no such thing, or it is not yours to see.').waitFor();
  assert.equal((await api(ana, 'GET', `/vehicles/${other}/state`)).status, 404);
  const told = await ana.evaluate(
    (vin) =>
      new Promise((done) => {
        const source = new EventSource(`/live?watch=state:${vin}`);
        source.addEventListener('update', (e) => (source.close(), done(e.data)));
      }),
    other,
  );
  assert.match(told, /"status":404,"body":null/);
  await shot(ana, 'vehicle-not-found');
});

test('every role sees its own pages', async (t) => {
  for (const [name, pages, home] of [
    ['acme', ['Fleet', 'Vehicles', 'Devices', 'Alerts'], 'Fleet'],
    ['north', ['Fleet', 'Worklist', 'Vehicles', 'Alerts'], 'Fleet'],
    ['operator', ['Fleet', 'Vehicles', 'Devices', 'Alerts'], 'Fleet'],
    ['nobody', [], 'No role yet'],
  ]) {
    await t.test(name, async () => {
      const page = await visit(browser);
      await signIn(page, name);
      await page.getByRole('heading', { name: home, level: 1 }).waitFor();
      assert.deepEqual(await page.locator('nav a').allInnerTexts(), pages);
      if (pages.length > 0) {
        await page.getByText('Connected now').waitFor();
        await shot(page, `fleet-${name}`);
      }
      if (name === 'acme') {
        await open(page, `vehicles/${car}`);
        await page.getByText('Manufacturers do not see where cars are.').waitFor();
        assert.equal(await page.getByRole('tab', { name: 'Trips' }).count(), 0);
        await page.getByRole('tab', { name: 'Certificates' }).click();
        await page.getByText('active').first().waitFor();
        await shot(page, 'certificates');
        assert.doesNotMatch(JSON.stringify(await api(page, 'GET', `/vehicles/${car}/state`)), /CurrentLocation/);
      }
      if (name === 'acme') {
        await importCars(page);
      }
      if (name === 'north') {
        await worklist(page);
      }
      assert.deepEqual(
        page.complaints.filter((text) => !/40[49]/.test(text)),
        [],
      );
      await page.context().close();
    });
  }
});

/** importCars imports a file with a car that is new, one that is there, and a bad row. */
async function importCars(page) {
  await open(page, 'devices');
  const fresh = `1ACEV26S0TA9${String(Date.now()).slice(-5)}`;
  const csv = `vin,make,model,modelYear,powertrain,dealerId\n${fresh},Acme,"Comet, long",2026,ELECTRIC,north\n${car},,,,,\n1ACEV26S0TAOOOOOO,,,,,\n`;
  await page.getByLabel('CSV file').setInputFiles({ name: 'cars.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await page.getByText('2 to add · 0 added · 1 refused').waitFor();
  assert.equal((await api(page, 'GET', `/vehicles/${fresh}`)).status, 404, 'a preview adds nothing');
  await page.getByRole('button', { name: 'Add 2 cars' }).click();
  await page.getByText('0 to add · 1 added · 2 refused').waitFor();
  await page.getByText('is on the list already').waitFor();
  await page.getByText('without I, O and Q').waitFor();
  assert.equal((await api(page, 'GET', `/vehicles/${fresh}`)).body.model, 'Comet, long');
  assert.deepEqual(await violations(page), []);
  await shot(page, 'devices');
}

/** worklist has the misfire of the troubled car, which the dealer acknowledges. */
async function worklist(page) {
  await open(page, 'worklist');
  const row = page.getByRole('row').filter({ hasText: 'P0301' }).first();
  await row.getByText(troubled).waitFor();
  if (await row.getByRole('button', { name: 'Acknowledge' }).isVisible()) {
    await row.getByRole('button', { name: 'Acknowledge' }).click();
  }
  await row.getByText('acknowledged').waitFor();
  assert.deepEqual(await violations(page), []);
  await shot(page, 'worklist');
}

test('preferences: quiet hours are kept, on a phone', async () => {
  const phone = await visit(browser, { phone: true, scheme: 'dark' });
  await signIn(phone, 'ben');
  await phone.getByRole('button', { name: 'Account' }).click();
  await phone.getByRole('menuitem', { name: 'Preferences' }).click();
  const quiet = phone.getByRole('checkbox', { name: 'Nothing at night but what is critical' });
  await quiet.waitFor();
  if (!(await quiet.isChecked())) {
    await quiet.check();
  }
  const from = `2${Math.floor(Math.random() * 4)}:15`;
  await phone.locator('input[name=from]').fill(from);
  await phone.getByRole('button', { name: 'Save' }).click();
  await phone.getByText('Saved').waitFor();
  assert.equal((await api(phone, 'GET', '/me/preferences')).body.quiet.from, from);
  await phone.reload();
  await phone.locator('input[name=from]').waitFor();
  assert.equal(await phone.locator('input[name=from]').inputValue(), from);
  assert.deepEqual(await violations(phone), []);
  await shot(phone, 'preferences-phone-dark');
  assert.ok((await phone.evaluate(() => document.documentElement.scrollWidth)) <= 390);
  assert.deepEqual(phone.complaints, []);
  await phone.context().close();
});

test('a wrong password, a wrong code, and a session that ended elsewhere', async () => {
  const page = await visit(browser);
  await page.locator('input[name=username]').fill('north@example.com');
  await page.locator('input[name=password]').fill('wrong');
  await page.locator('button[type=submit]').click();
  await page.getByRole('alert').waitFor();
  await page.locator('input[name=password]').fill(user('north').password);
  await page.locator('button[type=submit]').click();
  await page.locator('input[name=code]').fill('000000');
  await page.locator('button[type=submit]').click();
  await page.getByRole('alert').waitFor();
  await page.context().close();

  const [one, two] = [await visit(browser), await visit(browser)];
  await signIn(one, 'ben');
  await signIn(two, 'ben');
  await open(one, `vehicles/${other}`);
  await one.getByText('live', { exact: true }).waitFor();
  await two.getByRole('button', { name: 'Account' }).click();
  await two.getByRole('menuitem', { name: 'Sign out on every device' }).click();
  await one.locator('input[name=password]').waitFor();
  assert.match(one.url(), /sign-in\?to=/, 'it remembers the page');
  await one.context().close();
  await two.context().close();
});

test('German, and no text of the pages outside of it', async () => {
  const page = await visit(browser, { language: 'de', scheme: 'dark' });
  await page.getByRole('heading', { name: 'Anmelden' }).waitFor();
  await shot(page, 'sign-in-de');
  await signIn(page, 'ana');
  await page.getByRole('heading', { name: 'Meine Autos' }).waitFor();
  await open(page, `vehicles/${car}`, 'de');
  await page.getByText('Geschwindigkeit').waitFor();
  await shot(page, 'vehicle-de-dark');
  await page.context().close();
});

test('every page is free of what axe finds', async (t) => {
  for (const path of ['cars', 'vehicles', `vehicles/${car}`, 'alerts', 'nothing']) {
    await t.test(path, async () => {
      await open(ana, path);
      await ana.getByRole('heading', { level: 1 }).waitFor();
      assert.deepEqual(await violations(ana), []);
      await shot(ana, `${path.split('/').length > 1 ? 'vehicle' : path}-light`);
    });
  }
});

test('the pages complain about nothing', () => assert.deepEqual(ana.complaints.filter((text) => !/404/.test(text)), []));
