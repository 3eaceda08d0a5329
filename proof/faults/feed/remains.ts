import type { Pool } from '../../../backend/platform/database/pool.ts';
import type { Signal } from '../../../backend/signals/signal.ts';
import type { Platform, StallTold } from './platform.ts';

export type StoredRevision = {
  readonly instrumentId: string;
  readonly barStart: number;
  readonly barEnd: number;
  readonly segment: string;
  readonly revision: number;
  readonly ingestSeq: number;
  readonly knownTime: number;
  /** Open, high, low, close, volume. */
  readonly values: string;
};

export type StoredSignal = {
  readonly signal: Signal;
  readonly state: string;
  readonly stateSince: number;
  readonly decisionIngestSeq: number;
};

/** What a day has left behind. */
export type Remains = {
  readonly bars: readonly StoredRevision[];
  /** The newest revision of each longer bar, as text. */
  readonly rollups: readonly string[];
  readonly signals: readonly StoredSignal[];
  readonly log: readonly string[];
  /** By the place of the bar in the input log: what was decided. */
  readonly decisions: ReadonlyMap<number, { readonly withheld: string | null; readonly signalId: string | null }>;
  readonly heardBars: readonly number[];
  readonly told: Readonly<Platform['feed']['told']>;
  readonly stalls: readonly StallTold[];
  readonly stallsCounted: number;
  readonly stallsLogged: number;
};

export async function remainsOf(platform: Platform): Promise<Remains> {
  const { pool, feed, metrics } = platform;
  const page = await metrics.render();
  return {
    bars: await rows<StoredRevision>(
      pool,
      `select instrument_id as "instrumentId", bar_start as "barStart", bar_end as "barEnd", segment, revision, ingest_seq as "ingestSeq",
              known_time as "knownTime", concat_ws(' ', open, high, low, close, volume) as values from bar order by ingest_seq`,
    ),
    rollups: (
      await rows<{ text: string }>(
        pool,
        `select concat_ws(' ', instrument_id, timeframe, bar_start, bar_end, open, high, low, close, volume, bars) as text from (
           select distinct on (instrument_id, timeframe, bar_start) * from rollup_bar
            order by instrument_id, timeframe, bar_start, revision desc) newest
          order by instrument_id, timeframe, bar_start`,
      )
    ).map(({ text }) => text),
    signals: (
      await rows<{ body: string; state: string; since: number; seq: number }>(
        pool,
        'select body, state, state_since as since, decision_ingest_seq as seq from signal order by decision_ingest_seq',
      )
    ).map(({ body, state, since, seq }) => ({
      signal: JSON.parse(body) as Signal,
      state,
      stateSince: since,
      decisionIngestSeq: seq,
    })),
    log: (await rows<{ kind: string; body: string }>(pool, 'select kind, body from event_log order by seq')).map(
      ({ kind, body }) => `${kind} ${body}`,
    ),
    decisions: new Map(
      platform.ticks.map(({ ingestSeq, withheld, published }) => [
        ingestSeq,
        { withheld, signalId: published[0]?.id ?? null },
      ]),
    ),
    heardBars: feed.bars,
    told: feed.told,
    stalls: await Promise.all(platform.stalls),
    stallsCounted: Number(/^market_data_feed_stalls_total\{feed="alpaca_iex"\} (\d+)$/m.exec(page)?.[1]),
    stallsLogged: platform.logged.filter((line) => line === 'Alpaca is silent in session').length,
  };
}

async function rows<Row extends object>(pool: Pool, sql: string): Promise<Row[]> {
  return (await pool.query<Row>(sql)).rows;
}
