import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calendarById } from '../../backend/calendar/index.ts';
import { parseActions } from '../../backend/market-data/corporate-actions/file.ts';
import { recordedInstruments } from '../../backend/market-data/instruments/bundled.ts';
import { compare } from './compare.ts';
import { objections } from './verdict.ts';

const SPLIT = '2014-06-09';
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splits-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A share that moves a little up and down in steps of 7 cents, with a 7:1 split in the raw file. */
async function file(factor: number): Promise<string> {
  const rows = calendarById('XNYS')
    .sessions(Date.parse('2014-01-02'), Date.parse('2014-08-01'))
    .map(({ sessionDate }, day) => {
      const steps = 9_000 + Math.round(60 * Math.sin(day / 3) + 40 * Math.sin(day * 1.7));
      const divisor = sessionDate >= SPLIT ? factor : 1;
      const [open, high, low, close] = [0, 25, -25, 10].map((step) =>
        (((steps + step) * 7) / divisor / 100).toFixed(2),
      );
      return `AAPL,${sessionDate}T12:00:00Z,${open},${high},${low},${close},${1_000_000 * divisor}`;
    });
  const path = join(folder, `bars-${factor}.csv`);
  await writeFile(path, `symbol,timestamp,open,high,low,close,volume\n${rows.join('\n')}\n`);
  return path;
}

async function compared(factor: number, ratio: string) {
  const header = 'instrument,kind,ex_date,ratio,amount,currency,new_symbol,announced';
  const actions = parseActions(`${header}\nAAPL,SPLIT,${SPLIT},${ratio},,,,`, 'actions.csv', recordedInstruments);
  return compare(await file(factor), recordedInstruments, actions);
}

describe('a 7:1 split in a file of raw bars', () => {
  it('is continuous in returns, ATR and running signals, and rewrites no bar', async () => {
    const comparison = await compared(7, '7:1');
    expect(objections(comparison)).toEqual([]);
    const [split] = comparison.splits;
    expect(split).toMatchObject({ instrumentId: 'aapl-us', exDate: SPLIT, signals: 10, changed: 0 });
    expect(split?.rawReturn).toBeCloseTo(-6 / 7, 1);
    expect(Math.abs(split?.adjustedReturn ?? 1)).toBeLessThan(0.03);
    expect(split?.rawAtr).toBeGreaterThan(3);
    expect(split?.atr).toBeCloseTo(1, 0);
  });

  it('is told when the actions say something else, or the file was adjusted before', async () => {
    expect(objections(await compared(7, '2:1')).join()).toContain('return is -0.71');
    expect(objections(await compared(1, '7:1')).join()).toContain('is this file adjusted already?');
  });
});
