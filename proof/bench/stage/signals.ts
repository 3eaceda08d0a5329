import { createHash } from 'node:crypto';
import { openOrm } from '../../../backend/commands/runtime/open-orm.ts';
import type { Instrument } from '../../../backend/market-data/instrument.ts';
import { BarIngest } from '../../../backend/market-data/store/ingest.ts';
import type { Pool } from '../../../backend/platform/database/pool.ts';
import { createPool } from '../../../backend/platform/database/pool.ts';
import { publishing, writeTick } from '../../../backend/signals/publishing.fixture.ts';
import { type Signal, signalIdOf } from '../../../backend/signals/signal.ts';
import { eventfulTicks, inventMarket, storeMarket, trainOn } from '../../../backend/testing/market.ts';
import type { Database } from '../benches/ingest/server.ts';

/** Publishes signals as the engine does: rows, position and events in one transaction. */
export type Publisher = {
  /** The signals with these numbers; the same number is the same signal. Those of one instrument are as many numbers apart as there are instruments. */
  copies(numbers: readonly number[]): Signal[];
  /** Publishes them in one transaction, and answers them. */
  publish(numbers: readonly number[]): Promise<Signal[]>;
  /** Publishes them; answers the seq of the newest event. */
  append(signals: readonly Signal[]): Promise<number>;
  close(): Promise<void>;
};

/** An invented market and its model in the database, and one true signal of it, of which all others are copies under other ids. */
export async function openPublisher({ applicationUrl, ownerUrl }: Database, instruments = 1): Promise<Publisher> {
  const market = await inventMarket({ historySessions: 4, liveSessions: 1 });
  const model = await trainOn(market);
  const original = eventfulTicks(market, model).flatMap(({ published }) => published)[0];
  if (original === undefined) throw new Error('the invented market made no signal');
  const orm = await openOrm(applicationUrl, 60_000);
  const [pool, owner] = [applicationUrl, ownerUrl].map((url) =>
    createPool({ url, name: 'bench', size: 2, statementTimeoutMs: 60_000, onError: () => undefined }),
  ) as [Pool, Pool];
  await storeMarket({ pool, owner, em: async () => orm.em }, market, model);
  const listed = manyOf(market.source.instruments, instruments);
  if (instruments > 1) await new BarIngest(pool).register({ ...market.source, instruments: listed });
  let position = 0;
  const copies = (numbers: readonly number[]) =>
    numbers.map((number) => copyOf(instruments === 1 ? original : of(original, listed[number % instruments]), number));
  const append = async (signals: readonly Signal[]) => {
    const seq = await writeTick(orm.em, market.source, publishing(signals, position + 1), position);
    if (seq === null) throw new Error('nothing was published');
    position += 1;
    return seq;
  };
  return {
    ...{ copies, append },
    async publish(numbers) {
      const signals = copies(numbers);
      await append(signals);
      return signals;
    },
    async close() {
      await Promise.all([pool.end(), owner.end(), orm.close(true)]);
    },
  };
}

/** As many instruments as are wanted, each like the first of them. */
function manyOf([first]: readonly Instrument[], count: number): Instrument[] {
  if (first === undefined) throw new Error('the invented market has no instrument');
  return Array.from({ length: count }, (_, index) => ({ ...first, id: `bench-${index}`, symbol: `BENCH${index}` }));
}

function of(signal: Signal, instrument: Instrument | undefined): Signal {
  if (instrument === undefined) return signal;
  const { id, symbol, mic } = instrument;
  return { ...signal, instrument: { id, symbol, mic } };
}

function copyOf(original: Signal, number: number): Signal {
  const dedupKey = createHash('sha256').update(`bench ${number}`).digest('hex');
  const publishedAt = new Date(Date.parse(original.publishedAt) + number * 1_000).toISOString();
  const expiresAt = new Date(Date.parse(publishedAt) + 3_600_000).toISOString();
  return { ...original, id: signalIdOf(dedupKey), dedupKey, publishedAt, expiresAt };
}
