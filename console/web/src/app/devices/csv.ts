import { NewVehicle } from '../contract/models';

/** Row is a line of an import: a car, or what is wrong with the line. */
export interface Row {
  line: number;
  vin: string;
  car?: NewVehicle;
  problem?: string;
}

/** mostRows bounds one import: each row is a request. */
export const mostRows = 500;

export const columns = ['vin', 'manufacturerId', 'make', 'model', 'modelYear', 'powertrain', 'dealerId', 'placardPressureKPa'] as const;

const powertrains = ['ELECTRIC', 'COMBUSTION', 'HYBRID'];
const id = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** readCars reads a CSV (RFC 4180) whose first line names columns. It throws where there is no table of cars. */
export function readCars(text: string): Row[] {
  const [names, ...lines] = records(text.replace(/^\uFEFF/, ''));
  const header = (names ?? []).map((name) => name.trim());
  const unknown = header.find((name) => !(columns as readonly string[]).includes(name));
  if (!header.includes('vin') || unknown !== undefined) {
    throw new Error($localize`The first line names the columns: vin, and any of ${columns.slice(1).join(', ')}.`);
  }
  const rows = lines.map((cells, n) => readCar(n + 2, Object.fromEntries(header.map((name, i) => [name, (cells[i] ?? '').trim()]))));
  if (rows.length === 0 || rows.length > mostRows) {
    throw new Error($localize`An import has 1 to ${mostRows} cars.`);
  }
  const seen = new Set<string>();
  for (const row of rows) {
    if (row.car && seen.has(row.vin)) {
      Object.assign(row, { car: undefined, problem: $localize`is there twice` });
    }
    seen.add(row.vin);
  }
  return rows;
}

function readCar(line: number, cells: Record<string, string>): Row {
  const vin = (cells['vin'] ?? '').toUpperCase();
  const year = cells['modelYear'] ? Number(cells['modelYear']) : undefined;
  const pressure = cells['placardPressureKPa'] ? Number(cells['placardPressureKPa']) : undefined;
  const powertrain = cells['powertrain']?.toUpperCase() || undefined;
  const bad = (problem: string): Row => ({ line, vin, problem });
  if (!/^[A-HJ-NPR-Z0-9]{17}$/.test(vin)) {
    return bad($localize`a VIN has 17 letters and digits, without I, O and Q`);
  }
  if (year !== undefined && !(Number.isInteger(year) && year >= 1980 && year <= 2100)) {
    return bad($localize`the model year is a number like 2026`);
  }
  if (powertrain && !powertrains.includes(powertrain)) {
    return bad($localize`the powertrain is one of ${powertrains.join(', ')}`);
  }
  if (pressure !== undefined && !(pressure >= 100 && pressure <= 1000)) {
    return bad($localize`the tyre pressure is 100 to 1000 kPa`);
  }
  if ([cells['dealerId'], cells['manufacturerId']].some((text) => text && !id.test(text))) {
    return bad($localize`ids have lower-case letters, digits and hyphens`);
  }
  const car: NewVehicle = { vin, modelYear: year, placardPressureKPa: pressure, powertrain: powertrain as NewVehicle['powertrain'] };
  for (const name of ['manufacturerId', 'make', 'model', 'dealerId'] as const) {
    car[name] = cells[name] || undefined;
  }
  return { line, vin, car };
}

/** records splits a CSV; quoted fields may have commas, quotes and line breaks. Empty lines are none. */
function records(text: string): string[][] {
  const all: string[][] = [];
  let cells: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (!match) {
      throw new Error($localize`The file is no CSV: a quote is not closed.`);
    }
    cells.push(match[1] !== undefined ? match[1].replaceAll('""', '"') : (match[2] ?? ''));
    if (match[3] !== ',') {
      if (cells.length > 1 || cells[0]) {
        all.push(cells);
      }
      cells = [];
    }
  }
  if (cells.length > 0) {
    all.push([...cells, '']);
  }
  return all;
}
