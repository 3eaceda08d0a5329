import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchesOf, feedNamed, minuteBar } from '../../testing/bars.ts';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import { encodeBars } from './binary-copy.ts';
import { BarIngest, shardOf } from './ingest.ts';

let store: TestStore;
let ingest: BarIngest;
const feed = feedNamed('copied');
let minute = 0;
beforeAll(async () => {
  store = await openTestStore('copy');
  ingest = new BarIngest(store.pool);
  await ingest.register(feed);
});
afterAll(() => store.dispose());

const encode = (close: string) => encodeBars([minuteBar(0, close)], { ...feed, shard: 'copied/0', firstSeq: 1 });

/** What the database shows of numbers that were written in this way, and how it reads them itself. */
async function roundTrip(numbers: readonly string[]): Promise<{ stored: unknown[]; read: unknown[] }> {
  const bars = numbers.map((number) => minuteBar(minute++, number, { volume: number }));
  const { lastSeq } = await ingest.store(feed, batchesOf(bars));
  const { rows: stored } = await store.pool.query(
    'select close::text, volume::text from bar where shard = $1 and ingest_seq > $2 order by ingest_seq',
    [shardOf(feed), lastSeq - numbers.length],
  );
  const { rows: read } = await store.pool.query(
    'select number::text as close, number::text as volume from unnest($1::numeric[]) as t(number)',
    [numbers],
  );
  return { stored, read };
}

describe('bars as binary COPY', () => {
  it('keep every number as the database reads its text, digit for digit', async () => {
    const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`));
    const number = fc
      .tuple(digits(14), fc.option(digits(14), { nil: '' }))
      .map(([whole, fraction]) => (fraction === '' ? whole : `${whole}.${fraction}`))
      .filter((text) => Number(text) > 0);
    await fc.assert(
      fc.asyncProperty(fc.array(number, { minLength: 1, maxLength: 60 }), async (numbers) => {
        const { stored, read } = await roundTrip(numbers);
        expect(stored).toEqual(read);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    '1',
    '9999',
    '10000',
    '99999999',
    '100000000.00',
    '0.0001',
    '0.00001',
    '1.10',
    '12345.6789',
    '167.650',
    '5.',
  ])('keep %s', async (number) => {
    expect(encode(number)).not.toBeNull();
    const { stored, read } = await roundTrip([number]);
    expect(stored).toEqual(read);
  });

  it.each(['', '.5', '-1', '+1', '1e2', '1,5', '1.2.3', ' 7', 'NaN', '٣', '1'.repeat(1_001)])(
    'do not guess what %j may mean',
    (number) => {
      expect(encode(number)).toBeNull();
    },
  );

  it('leave unusual numbers to the database, and are stored all the same', async () => {
    const { stored, read } = await roundTrip(['12', '1e2', '+5', ' 7 ', '.25']);
    expect(stored).toEqual(read);
  });

  it('keep instants to the millisecond, also those before 2000', async () => {
    const barStart = Date.parse('1993-01-29T14:30:00.001Z');
    const bar = minuteBar(0, '43.94', { barStart, barEnd: barStart + 59_999, knownTime: barStart + 60_500 });
    const { lastSeq } = await ingest.store(feed, batchesOf([bar]));
    const { rows } = await store.pool.query(
      'select bar_start, bar_end, known_time from bar where shard = $1 and ingest_seq = $2',
      [shardOf(feed), lastSeq],
    );
    expect(rows).toEqual([{ bar_start: barStart, bar_end: barStart + 59_999, known_time: barStart + 60_500 }]);
  });

  it('need more room than the usual row where names are long', async () => {
    const long = { ...feed, sourceId: `ä${'long'.repeat(30)}` };
    await ingest.register(long);
    const bars = Array.from({ length: 300 }, () => minuteBar(minute++, '1234567890.123456789'));
    expect(await ingest.store(long, batchesOf(bars))).toMatchObject({ stored: 300, lastSeq: 300 });
    const { rows } = await store.pool.query(
      'select count(*) as n, min(source_id) as source from bar where shard = $1',
      [shardOf(long)],
    );
    expect(rows).toEqual([{ n: 300, source: long.sourceId }]);
  });
});
