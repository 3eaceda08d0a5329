import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchesOf, feedNamed, minuteBar, OPEN } from '../../testing/bars.ts';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import type { Instrument } from '../instrument.ts';
import { MarketDataService } from '../market-data.service.ts';
import type { SourceDescription } from '../source.ts';
import { BarIngest } from '../store/ingest.ts';
import type { CorporateAction } from './action.ts';
import { actionKey, readBearers, readStoredActions } from './store.ts';

const NOTHING = { ratio: null, amount: null, currency: null, newSymbol: null };
const instant = (date: string) => Date.parse(`${date}T12:00:00Z`);
const instrument = (id: string, symbol: string): Instrument => ({
  ...{ id, symbol, mic: 'XNYS', calendar: 'XNYS', tick: '0.01', currency: 'USD', figi: null, assetClass: 'EQUITY' },
});
const feed: SourceDescription = {
  ...feedNamed('actions'),
  instruments: [
    instrument('wamu', 'WM'),
    instrument('waste', 'WMI'),
    instrument('late', 'LATE'),
    instrument('plain', 'PLN'),
  ],
};
const action = (instrumentId: string, exDate: string, parts: Partial<CorporateAction>): CorporateAction => {
  return { instrumentId, kind: 'SPLIT', exDate, knownTime: Date.parse(exDate), ...NOTHING, ...parts };
};
const actions = [
  action('wamu', '2001-05-16', { ratio: '3:2' }),
  action('wamu', '2008-09-29', { kind: 'DELISTING' }),
  action('waste', '2009-08-05', { kind: 'SYMBOL_CHANGE', newSymbol: 'WM' }),
  action('late', '2005-01-03', { kind: 'LISTING' }),
  action('late', '2006-03-01', { kind: 'DIVIDEND', amount: '0.25', currency: 'USD' }),
  action('late', '2006-06-01', { ratio: '2:1', knownTime: instant('2006-06-03') }),
];

let store: TestStore;
let ingest: BarIngest;
let service: MarketDataService;
beforeAll(async () => {
  store = await openTestStore('actions');
  ingest = new BarIngest(store.pool);
  service = new MarketDataService(store.pool);
  await ingest.register(feed);
  await ingest.register({ ...feed, actions });
  await ingest.register({ ...feed, actions });
});
afterAll(() => store.dispose());

const universe = async (date: string | null, symbols: string[] | null = null) => {
  const page = { limit: 10, backward: false, cursor: null };
  const found = await service.instruments({
    page,
    symbols,
    at: instant(date ?? '2013-10-01'),
    listedOnly: date !== null,
  });
  return found.map(({ id, symbol }) => `${id} ${symbol}`);
};

describe('corporate actions', () => {
  it('are stored once, as they were told', async () => {
    const rows = await readStoredActions(store.pool, 'actions');
    expect(rows.map(({ id: _id, sourceId: _source, ...rest }) => rest)).toEqual(actions);
  });

  it('come by the page, as they were known at a moment', async () => {
    const ask = async (asOf: string, page: { limit?: number; backward?: boolean; cursor?: string | null } = {}) =>
      service.corporateActions({
        instrumentId: 'late',
        asOf: instant(asOf),
        limit: 10,
        backward: false,
        cursor: null,
        ...page,
      });
    const kinds = (rows: readonly CorporateAction[]) => rows.map(({ kind }) => kind);
    const all = await ask('2010-01-01');
    expect(kinds(all)).toEqual(['LISTING', 'DIVIDEND', 'SPLIT']);
    expect(kinds(await ask('2006-06-02'))).toEqual(['LISTING', 'DIVIDEND']);
    const [first, , last] = all;
    if (first === undefined || last === undefined) throw new Error('no actions');
    expect(kinds(await ask('2010-01-01', { limit: 1, cursor: actionKey(first) }))).toEqual(['DIVIDEND', 'SPLIT']);
    expect(kinds(await ask('2010-01-01', { backward: true, cursor: actionKey(last) }))).toEqual([
      'DIVIDEND',
      'LISTING',
    ]);
  });

  it('cannot be edited or taken away by the service, nor be half told', async () => {
    await expect(store.pool.query('update corporate_action set ratio = $1', ['9:1'])).rejects.toMatchObject({
      code: '42501',
    });
    await expect(store.pool.query('delete from corporate_action')).rejects.toMatchObject({ code: '42501' });
    const half = ingest.register({ ...feed, actions: [action('plain', '2006-06-01', {})] });
    await expect(half).rejects.toMatchObject({ code: '23514' });
  });
});

describe('the universe of a date', () => {
  it('has what was listed then, under the tickers of then', async () => {
    expect(await universe('2004-01-05')).toEqual(['plain PLN', 'wamu WM', 'waste WMI']);
    expect(await universe('2005-01-03')).toEqual(['late LATE', 'plain PLN', 'wamu WM', 'waste WMI']);
    expect(await universe('2008-09-29')).toEqual(['late LATE', 'plain PLN', 'waste WMI']);
    expect(await universe('2009-08-05')).toEqual(['late LATE', 'plain PLN', 'waste WM']);
    expect(await universe(null)).toEqual(['late LATE', 'plain PLN', 'wamu WM', 'waste WM']);
  });

  it('is asked by the tickers of then', async () => {
    expect(await universe('2008-01-02', ['WM'])).toEqual(['wamu WM']);
    expect(await universe('2010-01-04', ['WM'])).toEqual(['waste WM']);
    expect(await universe('2010-01-04', ['WMI'])).toEqual([]);
    expect((await readBearers(store.pool, ['WM', 'WMI'])).map(({ id, symbol }) => [id, symbol])).toEqual([
      ['waste', 'WM'],
    ]);
  });

  it('shows each instrument its tickers with their dates', async () => {
    const dated = async (id: string) =>
      (await service.tickers(id)).map(({ symbol, from, until }) => [symbol, from, until]);
    expect(await dated('wamu')).toEqual([['WM', null, '2008-09-29']]);
    expect(await dated('waste')).toEqual([
      ['WMI', null, '2009-08-05'],
      ['WM', '2009-08-05', null],
    ]);
    expect(await dated('late')).toEqual([['LATE', '2005-01-03', null]]);
  });

  it('has no two instruments of one ticker, and no instrument of two, at the same time', async () => {
    const taken = ingest.register({ ...feedNamed('other'), instruments: [instrument('thief', 'PLN')] });
    await expect(taken).rejects.toMatchObject({
      code: 'SYMBOL_TAKEN',
      message: expect.stringContaining('that of plain in'),
    });
    const renamed = ingest.register({
      ...feed,
      actions: [action('late', '2012-01-03', { kind: 'SYMBOL_CHANGE', newSymbol: 'WM' })],
    });
    await expect(renamed).rejects.toMatchObject({ code: 'SYMBOL_TAKEN' });
    expect(await universe('2012-01-03', ['WM'])).toEqual(['waste WM']);
    const second = `insert into instrument_symbol (instrument_id, symbol, mic, valid_from) values ('plain', 'PL2', 'XNYS', '2010-01-01')`;
    await expect(store.pool.query(second)).rejects.toMatchObject({ code: '23P01' });
  });
});

describe('bars adjusted for splits', () => {
  const MINUTE = 60_000;
  const bar = (minute: number, close: string, priceScale: string, known = minute + 1) =>
    minuteBar(minute, close, { instrumentId: 'plain', priceScale, knownTime: OPEN + known * MINUTE });
  const ask = async (adjustment: 'RAW' | 'SPLIT_ADJUSTED', asOf: number | null = null) => {
    const span = { from: null, until: null, asOf: asOf === null ? null : OPEN + asOf * MINUTE };
    const query = { instrumentId: 'plain', timeframe: '1m', limit: 9, backward: false, cursor: null, ...span } as const;
    const bars = await service.bars({ ...query, adjustment });
    return bars.map(({ close, volume, priceScale }) => [close, volume, priceScale]);
  };
  beforeAll(() =>
    ingest.store(feed, batchesOf([bar(0, '700', '1'), bar(1, '707', '1'), bar(2, '100', '7'), bar(3, '66.5', '10.5')])),
  );

  it('have the basis of the newest bar that was known, while the raw ones stay as they were traded', async () => {
    expect(await ask('RAW')).toEqual([
      ['700', '100', '1'],
      ['707', '100', '1'],
      ['100', '100', '7'],
      ['66.5', '100', '10.5'],
    ]);
    expect(await ask('SPLIT_ADJUSTED')).toEqual([
      ['66.6666666667', '1050', '1'],
      ['67.3333333333', '1050', '1'],
      ['66.6666666667', '150', '7'],
      ['66.5', '100', '10.5'],
    ]);
    expect(await ask('SPLIT_ADJUSTED', 3)).toEqual([
      ['100', '700', '1'],
      ['101', '700', '1'],
      ['100', '100', '7'],
    ]);
    expect(await ask('SPLIT_ADJUSTED', 2)).toEqual(await ask('RAW', 2));
  });
});
