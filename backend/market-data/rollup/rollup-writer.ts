import { calendarById, type TradingCalendar } from '../../calendar/index.ts';
import { type Connection, type Pool, transaction } from '../../platform/database/pool.ts';
import type { SourceDescription } from '../source.ts';
import { shardOf } from '../store/ingest.ts';
import { type Bucket, bucketsAt } from './bucket.ts';
import { type Arrival, type Due, OpenBuckets } from './open-buckets.ts';
import { type RollupPosition, readRollupPosition, writeRollupPosition } from './position.ts';
import { readArrivals, readBegun, readCalendarIds, readMade } from './read.ts';
import { momentsSince, writeRollups } from './write.ts';

// Bars in one transaction while catching up. Live there is one minute of bars at a time.
const BARS_PER_ROUND = 2_000;

type State = { readonly open: OpenBuckets; readonly ingestSeq: number };

/**
 * Reads the input log of a shard of one-minute bars from its stored position and writes the longer bars that follow from the regular session.
 * Nothing is edited: what a late or corrected minute changes is written again, known from when that minute was. State lives in memory and is a
 * function of what is stored: after any failure, or when another process moved the position, it is built again from the database.
 */
export class RollupWriter {
  readonly #pool: Pool;
  readonly #shard: string;
  readonly #makes: boolean;
  readonly #calendars = new Map<string, TradingCalendar>();
  #state: State | null = null;

  /** From a source of daily bars nothing is made. */
  constructor(pool: Pool, source: Pick<SourceDescription, 'sourceId' | 'timeframe'>) {
    this.#pool = pool;
    this.#shard = shardOf(source);
    this.#makes = source.timeframe === '1m';
  }

  /** Works until no bar is left. Throws when the database does; the next call goes on from what is stored. */
  async catchUp(signal?: AbortSignal): Promise<void> {
    try {
      while (this.#makes && signal?.aborted !== true && (await this.#isBehind())) {
        this.#state = await transaction(this.#pool, (connection) => this.#round(connection));
      }
    } catch (error) {
      this.#state = null;
      throw error;
    }
  }

  async #isBehind(): Promise<boolean> {
    const { rows } = await this.#pool.query<{ head: number }>(
      'select last_ingest_seq as head from ingest_shard where shard = $1',
      [this.#shard],
    );
    return (rows[0]?.head ?? 0) > (this.#state?.ingestSeq ?? 0);
  }

  async #round(connection: Connection): Promise<State> {
    // One writer at a time: minutes of one instrument may come in two shards, and each revision has one number. The disk is waited for:
    // followers hold places among these bars, which a crash of the server must not give to others.
    await connection.query(`select pg_advisory_xact_lock(hashtext('rollup_bar')), set_config('jit', 'off', true)`);
    const stored = await readRollupPosition(connection, this.#shard);
    const { open } =
      this.#state?.ingestSeq === stored.ingestSeq ? this.#state : await this.#rebuild(connection, stored);

    const { arrivals, upToSeq } = await readArrivals(connection, this.#shard, stored.ingestSeq, BARS_PER_ROUND);
    // A writer that was just built does not know yet that everything was read before.
    if (arrivals.length === 0) return { open, ingestSeq: upToSeq };
    const isNew = (instrumentId: string) => !this.#calendars.has(instrumentId);
    if (arrivals.some(({ instrumentIds }) => instrumentIds.some(isNew))) await this.#learnCalendars(connection);

    await writeRollups(connection, await dueFrom(connection, open, arrivals, stored.newestKnown));
    const newestKnown = arrivals.reduce((newest, { knownTime }) => Math.max(newest, knownTime), 0);
    await writeRollupPosition(connection, this.#shard, { ingestSeq: upToSeq, watermark: open.watermark, newestKnown });
    return { open, ingestSeq: upToSeq };
  }

  /** Only buckets that hold the watermark can be open. */
  async #rebuild(connection: Connection, { ingestSeq, watermark }: RollupPosition): Promise<State> {
    await this.#learnCalendars(connection);
    const candidates = [...this.#calendars].flatMap(([id, calendar]) => bucketsEndingAfter(watermark, id, calendar));
    const begun = await readBegun(connection, candidates, this.#shard);
    return { ingestSeq, open: new OpenBuckets((id) => this.#calendarOf(id), watermark, begun) };
  }

  async #learnCalendars(connection: Connection): Promise<void> {
    for (const [id, calendar] of await readCalendarIds(connection)) this.#calendars.set(id, calendarById(calendar));
  }

  #calendarOf(instrumentId: string): TradingCalendar {
    const calendar = this.#calendars.get(instrumentId);
    if (calendar === undefined) throw new Error(`Instrument ${instrumentId} of shard ${this.#shard} is not known`);
    return calendar;
  }
}

/**
 * Takes the arrivals; answers what is due. A bucket that is open here may have its bar already: made for another feed of the same
 * instrument, or before this state was built.
 */
async function dueFrom(
  connection: Connection,
  open: OpenBuckets,
  arrivals: readonly Arrival[],
  newestKnown: number,
): Promise<Due[]> {
  const due = open.take(arrivals);
  const made = await readMade(connection, open.unmade());
  const since = arrivals.reduce((earliest, { knownTime }) => Math.min(earliest, knownTime), Infinity);
  if (made.length === 0 && since >= newestKnown) return due;
  return momentsSince(connection, [...due, ...made.map((bucket) => ({ ...bucket, knownTime: bucket.barEnd }))], since);
}

/** The buckets that began before an instant and end at it or after. */
function bucketsEndingAfter(instant: number, instrumentId: string, calendar: TradingCalendar): Bucket[] {
  if (instant <= calendar.validFrom || instant > calendar.validUntil) return [];
  const session = calendar.sessionAt(instant - 1);
  return session === null ? [] : bucketsAt(instrumentId, session, instant - 1);
}
