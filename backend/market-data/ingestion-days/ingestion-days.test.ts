import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { calendarById } from '../../calendar/index.ts';
import { feedNamed, minuteBar, OPEN } from '../../testing/bars.ts';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import type { SourceBar } from '../bar.ts';
import type { SourceDescription } from '../source.ts';
import { BarIngest } from '../store/ingest.ts';
import { type CheckedDay, checkDay, SETTLE_MS } from './day.ts';
import { IngestionDays } from './ingestion-days.ts';
import { dayKey, readDays } from './read.ts';
import { checkRealFeeds } from './real-feeds.ts';

const MINUTE = 60_000;
const XNYS = calendarById('XNYS');
const [tuesday, wednesday, thursday] = XNYS.sessions(OPEN, OPEN + 4 * 86_400_000) as [Day, Day, Day];
type Day = ReturnType<typeof XNYS.nextSession>;
const noFence = async (): Promise<void> => undefined;

let store: TestStore;
let feed: SourceDescription;
let checked: CheckedDay[];
let feeds = 0;
beforeAll(async () => {
  store = await openTestStore('ingestion_days');
});
afterAll(() => store.dispose());
beforeEach(async () => {
  // A week of its own for each test: a bar that another feed has stored counts too.
  await store.owner.query('truncate bar, ingest_batch, ingestion_day, source_instrument cascade');
  feeds += 1;
  feed = feedNamed(`days-${feeds}`);
  checked = [];
  await new BarIngest(store.pool).register(feed);
});

const daysOf = (source = feed) =>
  new IngestionDays({ pool: store.pool, source, onDay: (result) => void checked.push(result) });
const seen = (): string[] =>
  checked.map(({ day, first, completes }) => {
    const { sessionDate, storedBars, expectedBars, completeInstruments, instruments } = day;
    const marks = `${first ? ' first' : ''}${completes ? ' completes' : ''}`;
    return `${sessionDate} ${storedBars}/${expectedBars} ${completeInstruments}/${instruments}${marks}`;
  });

/** Bars of both instruments for a session; `missing` says which minutes of the second are not there. */
async function put(session: Day, missing: (minute: number) => boolean = () => false, source = feed): Promise<void> {
  const minutes = (session.close - session.open) / MINUTE;
  const first = (session.open - OPEN) / MINUTE;
  const bars: SourceBar[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    bars.push(minuteBar(first + minute, '100'));
    if (!missing(minute)) bars.push(minuteBar(first + minute, '20', { instrumentId: 'bac-us' }));
  }
  await new BarIngest(store.pool).store(source, [{ knownTime: session.close, bars, quarantined: [] }]);
}

describe('the days of a feed', () => {
  it('are counted when the time of its data has passed a close and a quarter of an hour, once each', async () => {
    const days = daysOf();
    await days.passed(tuesday.open);
    await put(tuesday);
    await days.passed(tuesday.close + SETTLE_MS - 1);
    expect(seen()).toEqual([]);
    await days.passed(tuesday.close + SETTLE_MS);
    await days.passed(wednesday.open);
    expect(seen()).toEqual(['2013-10-01 780/780 2/2 first completes']);

    await put(wednesday, (minute) => minute % 10 === 0);
    await put(thursday);
    await days.passed(thursday.close + SETTLE_MS);
    expect(seen().slice(1)).toEqual([
      '2013-10-02 741/780 1/2 first completes',
      '2013-10-03 780/780 2/2 first completes',
    ]);
  });

  it('that passed while no process ran are counted on the next start, and none again', async () => {
    await put(tuesday);
    await daysOf().passed(tuesday.close + SETTLE_MS);
    await put(wednesday);
    await put(thursday);
    checked = [];
    await daysOf().passed(thursday.close + SETTLE_MS);
    expect(seen()).toEqual(['2013-10-02 780/780 2/2 first completes', '2013-10-03 780/780 2/2 first completes']);
  });

  it('begin with the first session of which there is all: a feed that joins late has missed nothing', async () => {
    const bars = [minuteBar(30, '100'), minuteBar(30, '20', { instrumentId: 'bac-us' })];
    await new BarIngest(store.pool).store(feed, [{ knownTime: OPEN + 31 * MINUTE, bars, quarantined: [] }]);
    await put(wednesday);
    await daysOf().passed(wednesday.close + SETTLE_MS);
    expect(seen()).toEqual(['2013-10-02 780/780 2/2 first completes']);
  });

  it('end with its data: a session that has closed has all that it will have', async () => {
    await put(tuesday);
    const days = daysOf();
    await days.passed(tuesday.close);
    await days.ended();
    expect(seen()).toEqual(['2013-10-01 780/780 2/2 first completes']);
  });

  it('count only what is still asked for', async () => {
    await put(tuesday, () => true);
    const instruments = feed.instruments.filter(({ id }) => id === 'spy-us');
    await new BarIngest(store.pool).register({ ...feed, instruments });
    await daysOf().passed(tuesday.close + SETTLE_MS);
    expect(seen()).toEqual(['2013-10-01 390/390 1/1 first completes']);
  });

  it('of daily bars expect one of each instrument', async () => {
    const daily: SourceDescription = { ...feedNamed(`daily-${feeds}`), timeframe: '1d' };
    const ingest = new BarIngest(store.pool);
    await ingest.register(daily);
    const bar = minuteBar(0, '100', { timeframe: '1d', barEnd: tuesday.close, knownTime: tuesday.close });
    await ingest.store(daily, [{ knownTime: tuesday.close, bars: [bar], quarantined: [] }]);
    await daysOf(daily).passed(tuesday.close + SETTLE_MS);
    expect(seen()).toEqual(['2013-10-01 1/2 1/2 first']);
  });

  it('is in from nine tenths on, and completed once, by whoever finds it first', async () => {
    const check = () => checkDay(store.pool, feed, 'XNYS', tuesday);
    await put(tuesday, (minute) => minute >= 233);
    expect(await check()).toMatchObject({ first: true, completes: false, day: { storedBars: 623, completedAt: null } });
    const late = Array.from({ length: 79 }, (_, index) =>
      minuteBar(233 + index, '20', { instrumentId: 'bac-us', knownTime: tuesday.close + MINUTE }),
    );
    const ingest = new BarIngest(store.pool);
    await ingest.store(feed, [{ knownTime: tuesday.close + MINUTE, bars: late.slice(0, 78), quarantined: [] }]);
    expect(await check()).toMatchObject({
      first: false,
      completes: false,
      day: { storedBars: 701, completedAt: null },
    });
    await ingest.store(feed, [{ knownTime: tuesday.close + MINUTE, bars: late.slice(78), quarantined: [] }]);
    const all = await Promise.all([check(), check(), check()]);
    expect(all.map((one) => one?.completes).sort()).toEqual([false, false, true]);
    expect(await check()).toMatchObject({
      completes: false,
      day: { storedBars: 702, completedAt: expect.any(Number) },
    });
  });
});

describe('the feeds of real data', () => {
  const check = (day: Day) =>
    checkRealFeeds(store.pool, { calendar: 'XNYS', sessionDate: day.sessionDate }, noFence).then((all) => {
      checked.push(...all);
      return all;
    });

  it('are found out when they say nothing at all, by the clock on the wall', async () => {
    await store.owner.query(`update source set provenance = 'LIVE', recorded_at = $2 where source_id = $1`, [
      feed.sourceId,
      new Date(tuesday.open - MINUTE).toISOString(),
    ]);
    await check(wednesday);
    expect(seen()).toEqual(['2013-10-01 0/780 0/2 first', '2013-10-02 0/780 0/2 first']);

    checked = [];
    await put(tuesday);
    await check(wednesday);
    expect(seen()).toEqual(['2013-10-01 780/780 2/2 completes', '2013-10-02 0/780 0/2']);
    checked = [];
    await check(wednesday);
    expect(seen()).toEqual(['2013-10-02 0/780 0/2']);
  });

  it('do not include recorded or invented data', async () => {
    await put(tuesday);
    expect(await check(tuesday)).toEqual([]);
  });

  it('are told of until they have said nothing for two weeks, or until another delivers the same instruments', async () => {
    const since = (instant: number) =>
      store.owner.query(`update source set provenance = 'LIVE', recorded_at = $2 where source_id = $1`, [
        feed.sourceId,
        new Date(instant).toISOString(),
      ]);
    await since(tuesday.open - 15 * 86_400_000);
    expect(await check(tuesday)).toEqual([]);
    await since(tuesday.open - MINUTE);
    expect(await check(tuesday)).toHaveLength(1);

    const next: SourceDescription = { ...feedNamed(`${feed.sourceId}-next`), provenance: 'LIVE' };
    await new BarIngest(store.pool).register({ ...next, instruments: next.instruments.slice(0, 1) });
    expect(await check(tuesday)).toEqual([]);
    await new BarIngest(store.pool).register({ ...feed, provenance: 'LIVE' });
    expect(await check(tuesday)).toHaveLength(1);
  });

  it('are asked whether the attempt still counts, before anything is written', async () => {
    await store.owner.query(`update source set provenance = 'LIVE', recorded_at = $2 where source_id = $1`, [
      feed.sourceId,
      new Date(tuesday.open - MINUTE).toISOString(),
    ]);
    const refused = checkRealFeeds(store.pool, { calendar: 'XNYS', sessionDate: tuesday.sessionDate }, async () => {
      throw new Error('given up');
    });
    await expect(refused).rejects.toThrow('given up');
    expect((await store.pool.query('select from ingestion_day')).rowCount).toBe(0);
  });
});

describe('the list of days', () => {
  it('has the newest first, of one feed or of all, and is paged both ways', async () => {
    const other = feedNamed(`days-${feeds}-other`);
    await new BarIngest(store.pool).register(other);
    await put(tuesday);
    for (const day of [tuesday, wednesday, thursday])
      for (const source of [feed, other]) await checkDay(store.pool, source, 'XNYS', day);

    const all = await readDays(store.pool, { limit: 10, backward: false, cursor: null }, null);
    expect(all.map(({ sessionDate, sourceId }) => `${sessionDate} ${sourceId}`)).toEqual(
      ['2013-10-03', '2013-10-02', '2013-10-01'].flatMap((date) => [
        `${date} ${other.sourceId}`,
        `${date} ${feed.sourceId}`,
      ]),
    );
    expect(all.at(-1)).toMatchObject({
      ...{ feed: 'REPLAY', provenance: 'REPLAY', calendar: 'XNYS', sessionClose: tuesday.close, expectedBars: 780 },
      ...{ storedBars: 780, instruments: 2, completeInstruments: 2 },
    });
    for (const backward of [false, true]) {
      const paged: string[] = [];
      for (let cursor: string | null = null; ; ) {
        const rows = await readDays(store.pool, { limit: 2, backward, cursor }, null);
        const page = rows.slice(0, 2);
        paged.push(...page.map(dayKey));
        const last = page.at(-1);
        if (rows.length < 3 || last === undefined) break;
        cursor = dayKey(last);
      }
      const keys = all.map(dayKey);
      expect(paged).toEqual(backward ? keys.reverse() : keys);
    }
    const own = await readDays(store.pool, { limit: 10, backward: false, cursor: null }, feed.sourceId);
    expect(own.map(({ sessionDate }) => sessionDate)).toEqual(['2013-10-03', '2013-10-02', '2013-10-01']);
  });
});
