import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { feedNamed, minuteBar } from '../../testing/bars.ts';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import type { SourceBar } from '../bar.ts';
import { BarIngest, type IngestResult, shardOf } from './ingest.ts';

/*
 * What a live feed sends, minute by minute: mostly new bars, among them repeated and corrected ones, late ones, and now and then a
 * service that has just been started. Whichever way a delivery takes into the database, its rows and its counts are those of the rules.
 */

type Row = {
  readonly key: string;
  readonly revision: number;
  readonly close: string;
  readonly known: number;
  readonly seq: number;
};

let store: TestStore;
const feed = feedNamed('live');
beforeAll(async () => {
  store = await openTestStore('live_feed');
  await new BarIngest(store.pool).register(feed);
});
afterAll(() => store.dispose());

const keyOf = ({ instrumentId, barStart }: SourceBar) => `${instrumentId} ${barStart}`;

/** The rules, told plainly. */
class Expected {
  readonly rows: Row[] = [];
  #seq: number;

  constructor(lastSeq: number) {
    this.#seq = lastSeq;
  }

  take(bars: readonly SourceBar[]): IngestResult {
    const held = new Map(this.rows.map((row) => [row.key, row]));
    const latest = new Map([...held].map(([key, { close, revision }]) => [key, { close, revision }]));
    const before = this.rows.length;
    for (const bar of bars) {
      const key = keyOf(bar);
      if (bar.knownTime < (held.get(key)?.known ?? 0)) continue;
      const last = latest.get(key);
      if (last?.close === bar.close) continue;
      const revision = (last?.revision ?? -1) + 1;
      latest.set(key, { close: bar.close, revision });
      this.rows.push({ key, revision, close: bar.close, known: bar.knownTime, seq: ++this.#seq });
    }
    const fresh = this.rows.slice(before);
    const corrected = fresh.filter(({ revision }) => revision > 0).length;
    const duplicate = bars.length - fresh.length;
    return { stored: fresh.length, corrected, duplicate, quarantined: 0, lastSeq: this.#seq };
  }
}

/** `back`: minutes before this one. `late`: minutes from the bar's end until it was known, besides those. */
type Drawn = {
  readonly instrumentId: string;
  readonly back: number;
  readonly late: number;
  readonly close: string;
};
/** What comes in a minute. */
type Minute = { readonly restarted: boolean; readonly drawn: readonly Drawn[] };

const drawnBar: fc.Arbitrary<Drawn> = fc.record({
  instrumentId: fc.constantFrom('spy-us', 'bac-us'),
  back: fc.constantFrom(0, 0, 0, 0, 1, 2),
  late: fc.constantFrom(0, 0, 1, 3),
  close: fc.constantFrom('100', '100.5', '101'),
});
const minutes: fc.Arbitrary<Minute[]> = fc.array(
  fc.record({ restarted: fc.boolean(), drawn: fc.array(drawnBar, { minLength: 1, maxLength: 4 }) }),
  { minLength: 1, maxLength: 12 },
);

let minute = 0;

it('is stored as the rules say, whatever is new, repeated, corrected or late in its deliveries', async () => {
  await fc.assert(
    fc.asyncProperty(minutes, async (all) => {
      const begin = await lastSeq();
      const expected = new Expected(begin);
      let ingest = new BarIngest(store.pool);
      // Far from the minutes of the last run, whose bars are stored.
      minute += 10;
      for (const { restarted, drawn } of all) {
        minute += 1;
        if (restarted) ingest = new BarIngest(store.pool);
        const bars = drawn.map(barOf);
        const batch = { knownTime: minuteBar(minute, '1').barEnd, bars, quarantined: [] };
        expect(await ingest.store(feed, [batch])).toEqual(expected.take(bars));
      }
      expect(await rowsSince(begin)).toEqual(expected.rows);
    }),
    { numRuns: 60 },
  );
});

function barOf({ instrumentId, back, late, close }: Drawn): SourceBar {
  const bar = minuteBar(minute - back, close, { instrumentId });
  return { ...bar, knownTime: bar.barEnd + (back + late) * 60_000 };
}

async function lastSeq(): Promise<number> {
  const { rows } = await store.pool.query<{ last: number }>(
    'select last_ingest_seq as last from ingest_shard where shard = $1',
    [shardOf(feed)],
  );
  return rows[0]?.last ?? Number.NaN;
}

/** Each with its batch: a bar that lies in none, or in two, would be missing or come twice. */
async function rowsSince(seq: number): Promise<Row[]> {
  const { rows } = await store.pool.query<Omit<Row, 'key'> & { instrument_id: string; bar_start: number }>(
    `select instrument_id, bar_start, revision, close::text, bar.known_time as known, ingest_seq as seq
       from bar join ingest_batch b on b.shard = bar.shard and ingest_seq between first_seq and last_seq and bar_start between min_bar_start and max_bar_start
      where bar.shard = $1 and ingest_seq > $2 order by ingest_seq`,
    [shardOf(feed), seq],
  );
  return rows.map(({ instrument_id, bar_start, ...row }) => ({ key: `${instrument_id} ${bar_start}`, ...row }));
}
