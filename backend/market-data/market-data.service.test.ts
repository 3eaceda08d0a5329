import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvalidInput } from '../platform/errors.ts';
import { batchesOf, feedNamed, minuteBar, OPEN } from '../testing/bars.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { type BarQuery, MarketDataService } from './market-data.service.ts';
import { RollupWriter } from './rollup/rollup-writer.ts';
import { BarIngest } from './store/ingest.ts';

const MINUTE = 60_000;
let store: TestStore;
let service: MarketDataService;
beforeAll(async () => {
  store = await openTestStore('service');
  service = new MarketDataService(store.pool);
  const ingest = new BarIngest(store.pool);
  const feed = feedNamed('service');
  await ingest.register(feed);
  const bars = Array.from({ length: 10 }, (_, minute) => minuteBar(minute, String(100 + minute)));
  await ingest.store(feed, batchesOf(bars));
  await ingest.store(feed, batchesOf([minuteBar(3, '103.5', { knownTime: OPEN + 30 * MINUTE })]));
  await ingest.store(feed, batchesOf([minuteBar(3, '103.7', { knownTime: OPEN + 40 * MINUTE })]));
});
afterAll(() => store.dispose());

const ask = async (query: Partial<BarQuery> = {}): Promise<string[]> => {
  const all = { from: null, until: null, asOf: null, limit: 100, backward: false, cursor: null };
  const bars = await service.bars({ instrumentId: 'spy-us', timeframe: '1m', ...all, ...query });
  return bars.map((bar) => bar.close);
};
const at = (minute: number): number => OPEN + minute * MINUTE;

describe('bars', () => {
  it('gives the newest revision of each bar, with its provenance', async () => {
    expect(await ask()).toEqual(['100', '101', '102', '103.7', '104', '105', '106', '107', '108', '109']);
    const [bar] = await service.bars({
      ...{ instrumentId: 'spy-us', timeframe: '1m', from: at(3), until: at(4), asOf: null, limit: 1 },
      ...{ backward: false, cursor: null },
    });
    expect(bar).toMatchObject({
      barStart: at(3),
      barEnd: at(4),
      revision: 2,
      knownTime: at(40),
      provenance: 'REPLAY',
      segment: 'REGULAR',
    });
  });

  it('takes from inclusive and until exclusive', async () => {
    expect(await ask({ from: at(2), until: at(5) })).toEqual(['102', '103.7', '104']);
    expect(await ask({ from: at(2) + 1, until: at(5) + 1 })).toEqual(['103.7', '104', '105']);
  });

  it.each([1, 3, 4, 100])('pages through all of them, %i at a time, forward and backward', async (limit) => {
    for (const backward of [false, true]) {
      const seen: string[] = [];
      let cursor: number | null = null;
      for (;;) {
        const query: BarQuery = {
          instrumentId: 'spy-us',
          timeframe: '1m',
          from: at(1),
          until: at(9),
          asOf: null,
          limit,
          backward,
          cursor,
        };
        const rows = await service.bars(query);
        // One more than the page holds tells that there is another page.
        const page = rows.slice(0, limit);
        seen.push(...page.map((bar) => bar.close));
        cursor = page.at(-1)?.barStart ?? null;
        if (rows.length <= limit) break;
      }
      const all = ['101', '102', '103.7', '104', '105', '106', '107', '108'];
      expect(seen).toEqual(backward ? all.toReversed() : all);
    }
  });

  it('answers as of a moment with the revisions that were known then', async () => {
    expect(await ask({ asOf: at(10) })).toEqual(['100', '101', '102', '103', '104', '105', '106', '107', '108', '109']);
    expect(await ask({ asOf: at(10) - 1 })).not.toContain('109');
    expect((await ask({ asOf: at(30) }))[3]).toBe('103.5');
    expect((await ask({ asOf: at(40) - 1 }))[3]).toBe('103.5');
    expect((await ask({ asOf: at(40), backward: true }))[6]).toBe('103.7');
    expect(await ask({ asOf: at(0) })).toEqual([]);
  });

  it('knows no bars of another length or of nobody', async () => {
    expect(await ask({ timeframe: '1d' })).toEqual([]);
    expect(await ask({ timeframe: '5m' })).toEqual([]);
    expect(await ask({ instrumentId: 'nobody' })).toEqual([]);
  });
});

describe('longer bars', () => {
  // Minute 3 of ten is corrected after 30 and after 40 minutes; minute 12 of the second session is missing.
  const NEXT = 24 * 60;
  let longer: TestStore;
  let reader: MarketDataService;
  beforeAll(async () => {
    longer = await openTestStore('longer');
    reader = new MarketDataService(longer.pool);
    const ingest = new BarIngest(longer.pool);
    const feed = feedNamed('longer');
    await ingest.register(feed);
    const minutes = [
      ...Array(30).keys(),
      ...[...Array(20).keys()].filter((minute) => minute !== 12).map((minute) => minute + NEXT),
    ];
    await ingest.store(feed, batchesOf(minutes.map((minute) => minuteBar(minute, String(100 + (minute % NEXT))))));
    await ingest.store(feed, batchesOf([minuteBar(3, '150', { knownTime: at(NEXT + 30) })]));
    await new RollupWriter(longer.pool, feed).catchUp();
    const daily = { ...feedNamed('longer-daily'), timeframe: '1d' } as const;
    await ingest.register(daily);
    const day = { timeframe: '1d', barEnd: at(390), knownTime: at(391) } as const;
    await ingest.store(
      daily,
      batchesOf([minuteBar(NEXT, '77', { ...day, barEnd: at(NEXT + 390), knownTime: at(NEXT + 400) })]),
    );
  });
  afterAll(() => longer.dispose());

  const all = {
    instrumentId: 'spy-us',
    from: null,
    until: null,
    asOf: null,
    limit: 100,
    backward: false,
    cursor: null,
  };
  const read = (timeframe: BarQuery['timeframe'], query: Partial<BarQuery> = {}) =>
    reader.bars({ ...all, timeframe, ...query });

  it('come in each length, whole or marked as incomplete', async () => {
    const [first] = await read('5m');
    expect(first).toEqual({
      priceScale: '1',
      ...{
        instrumentId: 'spy-us',
        timeframe: '5m',
        barStart: at(0),
        barEnd: at(5),
        knownTime: at(NEXT + 30),
        segment: 'REGULAR',
      },
      ...{
        open: '100',
        high: '150',
        low: '100',
        close: '104',
        volume: '500',
        revision: 1,
        complete: true,
        provenance: 'REPLAY',
      },
    });
    expect((await read('5m')).map(({ complete }) => complete)).toEqual([...Array(8).fill(true), ...[false, true]]);
    expect((await read('15m')).map(({ open, close }) => `${open}-${close}`)).toEqual(['100-114', '115-129', '100-114']);
    expect((await read('30m')).map(({ open, close }) => `${open}-${close}`)).toEqual(['100-129']);
    expect((await read('1h')).map(({ complete }) => complete)).toEqual([false]);
  });

  it('answer as of a moment, page by page, in both directions', async () => {
    const highs = async (query: Partial<BarQuery>) => (await read('5m', query)).map(({ high }) => high);
    expect((await highs({ asOf: at(NEXT + 30) - 1 }))[0]).toBe('104');
    expect(await highs({ asOf: at(12) })).toEqual(['104', '109']);
    expect(await highs({ asOf: at(10) - 1 })).toEqual(['104']);
    expect(await highs({ limit: 2, cursor: at(5) })).toEqual(['114', '119', '124']);
    expect(await highs({ limit: 2, cursor: at(15), backward: true })).toEqual(['114', '109', '150']);
    expect(await highs({ from: at(5), until: at(15) })).toEqual(['109', '114']);
  });

  it('of a day are those of a daily feed where there is one, else made of minutes', async () => {
    const days = (asOf: number | null) =>
      read('1d', { asOf }).then((bars) => bars.map(({ barStart, close, complete }) => [barStart, close, complete]));
    expect(await days(null)).toEqual([
      [at(0), '129', false],
      [at(NEXT), '77', true],
    ]);
    expect(await days(at(NEXT + 300))).toEqual([[at(0), '129', false]]);
  });
});

describe('instruments', () => {
  const ids = async (
    page: Partial<{ limit: number; backward: boolean; cursor: string | null }>,
    symbols: string[] | null = null,
  ) => {
    const asked = { page: { limit: 10, backward: false, cursor: null, ...page }, symbols, at: OPEN, listedOnly: false };
    return (await service.instruments(asked)).map(({ id }) => id);
  };

  it('come in the order of their ids, from a cursor in either direction', async () => {
    expect(await ids({})).toEqual(['bac-us', 'spy-us']);
    expect(await ids({ limit: 1 })).toEqual(['bac-us', 'spy-us']);
    expect(await ids({ cursor: 'bac-us' })).toEqual(['spy-us']);
    expect(await ids({ cursor: 'spy-us', backward: true })).toEqual(['bac-us']);
    expect(await ids({ backward: true })).toEqual(['spy-us', 'bac-us']);
  });

  it('are found by symbol and by id', async () => {
    expect(await ids({}, ['SPY', 'NONE'])).toEqual(['spy-us']);
    expect(await ids({}, [])).toEqual([]);
    expect([...(await service.instrumentsByIds(['spy-us', 'nobody'], OPEN)).keys()]).toEqual(['spy-us']);
  });
});

describe('marketAt', () => {
  it('tells the session that is on, and the next open during it and after it', () => {
    const during = service.marketAt('XNYS', Date.parse('2026-11-27T17:59:59Z'));
    expect(during.session).toMatchObject({ sessionDate: '2026-11-27', halfDay: true });
    expect(during.nextOpen).toBe(Date.parse('2026-11-30T14:30:00Z'));
    expect(service.marketAt('XNYS', Date.parse('2026-11-27T18:00:00Z'))).toEqual({
      session: null,
      nextOpen: Date.parse('2026-11-30T14:30:00Z'),
    });
  });

  it.each(['1999-01-01T00:00:00Z', '2031-01-01T00:00:00Z', '2028-12-31T23:00:00Z'])(
    'refuses %s, about which the calendar says nothing',
    (moment) => {
      const asked = () => service.marketAt('XNYS', Date.parse(moment));
      expect(asked).toThrow(InvalidInput);
      expect(asked).toThrow(`at is "${new Date(moment).toISOString()}", expected a moment of calendar XNYS`);
    },
  );
});

describe('sessionsOn', () => {
  it('gives the sessions of both dates and all between, with the holiday left out and the half day told', () => {
    const sessions = service.sessionsOn('XNYS', '2026-11-25', '2026-11-30');
    expect(sessions.map(({ sessionDate, halfDay }) => [sessionDate, halfDay])).toEqual([
      ['2026-11-25', false],
      ['2026-11-27', true],
      ['2026-11-30', false],
    ]);
    expect(service.sessionsOn('XNYS', '2026-11-26', '2026-11-26')).toEqual([]);
    expect(service.sessionsOn('24x7', '2026-11-26', '2026-11-27')).toHaveLength(2);
  });

  it.each([
    ['LONDON', '2026-01-01', '2026-01-02', 'calendar is "LONDON", expected one of XNYS, 24x7'],
    ['XNYS', '2026-01-02', '2026-01-01', 'until is "2026-01-01", expected a date not before from (2026-01-02)'],
    ['XNYS', '2025-01-01', '2026-12-01', 'until is "2026-12-01", expected at most 400 days after from'],
    ['XNYS', '2012-06-01', '2012-07-01', 'from is "2012-06-01", expected a date of calendar XNYS, which goes from 20'],
    ['XNYS', '2028-12-01', '2029-02-01', 'until is "2029-02-01", expected a date of calendar XNYS, which goes from 20'],
  ])('refuses %s from %s to %s and says what it expected', (calendar, from, until, message) => {
    expect(() => service.sessionsOn(calendar, from, until)).toThrow(message);
  });
});
