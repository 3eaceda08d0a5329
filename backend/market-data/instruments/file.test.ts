import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordedInstruments, simulatedInstruments } from './bundled.ts';
import { instrumentsWith, parseInstruments, readInstruments } from './file.ts';

const HEADER = 'id,symbol,mic,calendar,tick,currency,figi,asset_class';
const read = (...lines: string[]) => parseInstruments([HEADER, ...lines].join('\n'), 'own.csv');

describe('an instruments file', () => {
  it('gives an instrument a line, with an empty FIGI as null and its tick in canonical text', () => {
    expect(
      read('ibm-us,IBM,XNYS,XNYS,0.010,USD,BBG000BLNNH6,EQUITY', 'btc-usd,BTC/USD,XXXX,24x7,1,USD,,CRYPTO'),
    ).toEqual([
      {
        id: 'ibm-us',
        symbol: 'IBM',
        mic: 'XNYS',
        calendar: 'XNYS',
        tick: '0.01',
        currency: 'USD',
        figi: 'BBG000BLNNH6',
        assetClass: 'EQUITY',
      },
      {
        id: 'btc-usd',
        symbol: 'BTC/USD',
        mic: 'XXXX',
        calendar: '24x7',
        tick: '1',
        currency: 'USD',
        figi: null,
        assetClass: 'CRYPTO',
      },
    ]);
  });

  it('may have a byte order mark, quoted fields, empty lines and Windows line ends', () => {
    const text = `\uFEFF${HEADER}\r\n"ibm-us","IBM",XNYS,XNYS,0.01,USD,,EQUITY\r\n\r\n`;
    expect(parseInstruments(text, 'own.csv').map(({ symbol }) => symbol)).toEqual(['IBM']);
  });

  it.each([
    ['id', 'IBM us,IBM,XNYS,XNYS,0.01,USD,,EQUITY', 'id is "IBM us", expected our own name'],
    ['symbol', 'ibm-us,"IBM, Inc",XNYS,XNYS,0.01,USD,,EQUITY', 'symbol is "IBM, Inc", expected a ticker'],
    ['mic', 'ibm-us,IBM,nyse,XNYS,0.01,USD,,EQUITY', 'mic is "nyse", expected an ISO 10383'],
    ['calendar', 'ibm-us,IBM,XNYS,XETR,0.01,USD,,EQUITY', 'calendar is "XETR", expected one of XNYS, 24x7'],
    ['tick of zero', 'ibm-us,IBM,XNYS,XNYS,0.00,USD,,EQUITY', 'tick is "0.00", expected the smallest price step'],
    ['tick below zero', 'ibm-us,IBM,XNYS,XNYS,-0.01,USD,,EQUITY', 'tick is "-0.01", expected'],
    ['tick in words', 'ibm-us,IBM,XNYS,XNYS,cent,USD,,EQUITY', 'tick is "cent", expected'],
    ['currency', 'ibm-us,IBM,XNYS,XNYS,0.01,USQ,,EQUITY', 'currency is "USQ", expected an ISO 4217 code'],
    [
      'FIGI with a wrong check digit',
      'ibm-us,IBM,XNYS,XNYS,0.01,USD,BBG000BLNNH7,EQUITY',
      'figi is "BBG000BLNNH7", expected nothing',
    ],
    ['FIGI of no such form', 'ibm-us,IBM,XNYS,XNYS,0.01,USD,IBM,EQUITY', 'figi is "IBM", expected nothing'],
    ['asset class', 'ibm-us,IBM,XNYS,XNYS,0.01,USD,,STOCK', 'asset_class is "STOCK", expected one of EQUITY, CRYPTO'],
    ['number of fields', 'ibm-us,IBM,XNYS', 'it has 3 fields, expected the 8 of id,symbol'],
  ])('with a wrong %s names file, line, field, value and what was expected', (_case, line, message) => {
    expect(() => read('aig-us,AIG,XNYS,XNYS,0.01,USD,,EQUITY', line)).toThrow(`own.csv line 3: ${message}`);
  });

  it('tells all its mistakes together', () => {
    const mistakes = messageOf(() =>
      read(
        'ibm-us,IBM,nyse,XNYS,x,USD,,EQUITY',
        'aig-us,AIG,XNYS,XNYS,0.01,US,,EQUITY',
        '',
        'bac-us',
        'ok,OK,XNYS,XNYS,0.01,USD,,EQUITY',
      ),
    ).split('\n');
    expect(mistakes).toEqual([
      expect.stringContaining('own.csv line 2: mic is "nyse"'),
      expect.stringContaining('own.csv line 2: tick is "x"'),
      expect.stringContaining('own.csv line 3: currency is "US"'),
      expect.stringContaining('own.csv line 5: it has 1 fields'),
    ]);
  });

  it('tells at most 20 mistakes and counts the rest', () => {
    const lines = Array.from({ length: 25 }, (_, index) => `x-${index},X${index},?,XNYS,0.01,USD,,EQUITY`);
    expect(
      messageOf(() => read(...lines))
        .split('\n')
        .slice(19),
    ).toEqual([expect.stringContaining('line 21:'), 'and 5 more']);
  });

  it('refuses an id or a symbol that an earlier line has', () => {
    const message = messageOf(() =>
      read(
        'ibm-us,IBM,XNYS,XNYS,0.01,USD,,EQUITY',
        'ibm-us,IBM2,XNYS,XNYS,0.01,USD,,EQUITY',
        'ibm,IBM,XNYS,XNYS,0.01,USD,,EQUITY',
      ),
    );
    expect(message).toBe(
      'own.csv line 3: id is "ibm-us", expected one that line 2 does not have\nown.csv line 4: symbol is "IBM", expected one that line 2 does not have',
    );
  });

  it.each([
    ['an empty file', '', 'own.csv line 1: header is "", expected id,symbol'],
    ['another header', 'symbol,id\nIBM,ibm-us', 'own.csv line 1: header is "symbol,id", expected id,symbol'],
    ['a header alone', HEADER, 'own.csv has no line after its header'],
    ['an open quote', `${HEADER}\n"ibm-us,IBM`, 'own.csv is not a CSV file: '],
  ])('refuses %s', (_case, text, message) => {
    expect(() => parseInstruments(text, 'own.csv')).toThrow(message);
  });
});

describe('readInstruments', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'instruments-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads a file', async () => {
    await writeFile(join(folder, 'own.csv'), `${HEADER}\nibm-us,IBM,XNYS,XNYS,0.01,USD,,EQUITY\n`);
    await expect(readInstruments(join(folder, 'own.csv'))).resolves.toHaveLength(1);
  });

  it('names a file that is not there, and a folder', async () => {
    await expect(readInstruments('/none/own.csv')).rejects.toThrow(
      '--instruments is "/none/own.csv", expected a file that exists',
    );
    await expect(readInstruments(folder)).rejects.toThrow(/^--instruments is ".*", expected a file, not a folder/);
  });
});

describe('instrumentsWith', () => {
  it('lets an own instrument take the place of the bundled ones with its id or symbol', () => {
    const own = read('spy-us,SPYX,ARCX,XNYS,0.01,USD,,EQUITY', 'big-blue,IBM,XNYS,XNYS,0.05,USD,,EQUITY');
    const all = instrumentsWith(own, recordedInstruments);
    expect(all).toHaveLength(recordedInstruments.length);
    expect(all.filter(({ id, symbol }) => id === 'spy-us' || symbol === 'IBM')).toEqual(own);
  });
});

describe('the bundled instruments', () => {
  it('keep the rules of an instruments file, and none has a FIGI', () => {
    const all = [...recordedInstruments, ...simulatedInstruments];
    const lines = all.map((i) =>
      [i.id, i.symbol, i.mic, i.calendar, i.tick, i.currency, i.figi ?? '', i.assetClass].join(','),
    );
    expect(read(...lines)).toEqual(all);
    expect(all.every(({ figi }) => figi === null)).toBe(true);
  });
});

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  throw new Error('nothing was refused');
}
