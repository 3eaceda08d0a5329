import pg from 'pg';
import { encodeKey } from '../../../backend/platform/graphql/list-cursor.ts';
import type { Signal } from '../../../backend/signals/signal.ts';
import type { Database } from '../benches/ingest/server.ts';
import { COLUMNS, type Row, signalOf } from '../servers/schema.ts';

export const PAGE = 50;

const FIELDS =
  'id instrument { symbol } side timeframe state confidence entry { referencePrice } stop targets { price } riskReward publishedAt expiresAt';
const QUERY = `query Newest($first: Int, $after: Cursor) { signals(first: $first, after: $after) { nodes { ${FIELDS} } } }`;

/** The same question each time. */
export const sameBody = (): string => JSON.stringify({ query: QUERY, variables: { first: PAGE } });

/** The same page under another cursor each time: each is a place after the newest signal, at which there is none. */
export function otherBody(number: number): string {
  const after = encodeKey('signals', `${FUTURE + number} ffffffff-ffff-8fff-bfff-ffffffffffff`);
  return JSON.stringify({ query: QUERY, variables: { first: PAGE, after } });
}
const FUTURE = Date.parse('2100-01-01T00:00:00Z');

function rowOf(signal: Signal): Row {
  const { plan, instrument, confidence, side, publishedAt, expiresAt } = signal;
  const timeframe = signal.timeframe === '1m' ? 'ONE_MINUTE' : 'ONE_DAY';
  return {
    ...{ id: signal.id, symbol: instrument.symbol, side, timeframe, state: 'PUBLISHED', confidence },
    ...{ reference_price: plan.referencePrice, stop: plan.stop, target: plan.targets[0].price },
    ...{ risk_reward: plan.riskReward, published_at: publishedAt, expires_at: expiresAt },
  };
}

/** Newest first, as an answer has them. */
export function nodesOf(signals: readonly Signal[]): unknown[] {
  return signals.toReversed().map((signal) => signalOf(rowOf(signal)));
}

/** A table as somebody would make it who has nothing but this list in mind: a column for each value, and an index in its order. */
export async function createTable({ ownerUrl }: Database, signals: readonly Signal[]): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query(`create table bench_signal (id uuid primary key, symbol text not null, side text not null, timeframe text not null,
      state text not null, confidence numeric not null, reference_price numeric not null, stop numeric not null, target numeric not null,
      risk_reward numeric not null, published_at text not null, expires_at text not null)`);
    await client.query(
      `insert into bench_signal select ${COLUMNS.join(', ')} from json_populate_recordset(null::bench_signal, $1)`,
      [JSON.stringify(signals.map(rowOf))],
    );
    await client.query('create index on bench_signal (published_at desc, id desc)');
    await client.query('analyze bench_signal');
    await client.query('analyze signal');
  } finally {
    await client.end();
  }
}
