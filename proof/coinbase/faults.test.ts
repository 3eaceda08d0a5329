import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { LiveEvent } from '../../backend/market-data/live/feed.ts';
import { LiveSource } from '../../backend/market-data/live/live-source.ts';
import { randomOf } from '../../backend/platform/random.ts';
import { silentLogger } from '../../backend/platform/telemetry/logger.ts';
import { until } from '../live-feed/listener.ts';
import { recordingOf } from '../recorded/recording.ts';
import { type Fault, parseFaults, randomFaults } from './server/faults.ts';
import type { CoinbaseServer } from './server/server.ts';
import { Timeline } from './server/timeline.ts';
import { tradesOf } from './server/trades.ts';
import { fedBar, feedOf, MINUTE, minutes, START, startServer } from './testing.ts';

const bars = [...minutes('BTCUSD', START, 60), ...minutes('ETHUSD', START, 60)];
const truth = new Map(bars.map(fedBar).map((bar) => [`${bar.instrumentId} ${bar.barStart}`, bar.volume + bar.close]));
const from = START + 10 * MINUTE;
const end = START + 64 * MINUTE;

/** What a reader of the source stores in the end, after what the feed does. */
class Keeper {
  readonly held = new Map<string, string>();
  readonly revisions: string[] = [];
  readonly heard: string[] = [];
  readonly abort = new AbortController();
  readonly over: Promise<unknown>;

  constructor(server: CoinbaseServer) {
    const source = new LiveSource({
      feed: feedOf(server),
      lease: { acquire: async () => ({ lost: new AbortController().signal, release: async () => undefined }) },
      log: silentLogger,
      historySessions: 1,
      retryMs: 2,
      mostRetryMs: 20,
      observer: {
        standby: () => undefined,
        backfilled: () => undefined,
        heard: (event: LiveEvent) => void this.heard.push(event.kind),
      },
    });
    this.over = this.#read(source).catch((error: unknown) => error);
  }

  async #read(source: LiveSource): Promise<void> {
    for await (const batch of source.batches({ signal: this.abort.signal })) {
      for (const { instrumentId, barStart, volume, close } of batch.bars) {
        const key = `${instrumentId} ${barStart}`;
        if ((this.held.get(key) ?? volume + close) !== volume + close) this.revisions.push(key);
        this.held.set(key, volume + close);
      }
    }
  }

  async close(): Promise<void> {
    this.abort.abort(new Error('enough'));
    await this.over;
  }
}

async function keeping(faults: readonly Fault[]) {
  const server = await startServer({ bars, faults, startAt: from });
  const keeper = new Keeper(server);
  await until(() => server.followers === 1);
  return { server, keeper };
}

describe('a source over the feed', () => {
  it.each(Array.from({ length: 8 }, (_, seed) => seed))(
    'has the recording in the end, whatever trades and connections were lost: seed %i',
    async (seed) => {
      const random = randomOf(`lost connections ${seed}`);
      const faults = randomFaults(seed, recordingOf(bars), from).filter(({ kind }) => kind !== 'flap');
      const { server, keeper } = await keeping(faults);
      // Steps of ten seconds; now and then the connection is gone for up to two minutes.
      let away = 0;
      for (let now = from; now < end; now += 10_000) {
        if (away > 0) away -= 1;
        else await until(() => server.followers === 1);
        if (away === 0 && random.chance(0.03)) {
          server.dropConnections();
          away = random.integer(0, 12);
        }
        await server.play(now);
      }
      await until(() => isDeepStrictEqual(keeper.held, truth)).catch(() => expect(keeper.held).toEqual(truth));
      expect(keeper.heard).toContain('DISCONNECTED');
      await keeper.close();
    },
  );

  it('never stores a minute in part where numbers and heartbeats tell of each trade', async () => {
    const minute = (kind: 'drop' | 'repeat' | 'swap', product: string, index: number): Fault => {
      return { kind, product, from: START + index * MINUTE, until: START + (index + 1) * MINUTE };
    };
    const { server, keeper } = await keeping([
      minute('drop', 'BTC-USD', 20),
      minute('swap', 'BTC-USD', 25),
      minute('repeat', 'ETH-USD', 30),
    ]);
    await server.play(end);
    await until(() => isDeepStrictEqual(keeper.held, truth)).catch(() => expect(keeper.held).toEqual(truth));
    expect(keeper.revisions).toEqual([]);
    await keeper.close();
  });

  it('corrects a minute whose last trade was missed, as soon as the next trade shows it', async () => {
    const own = tradesOf(recordingOf(bars)).get('BTC-USD') ?? [];
    // A minute whose missed trade is its last one, told by heartbeats that know no number.
    const minute = bars.find(({ symbol, start }) => {
      const count = own.filter(({ micros }) => Math.floor(micros / 60e6) * MINUTE === start).length;
      return symbol === 'BTCUSD' && start > from + MINUTE && (start / MINUTE) % count === count - 1;
    });
    const start = minute?.start ?? Number.NaN;
    const { server, keeper } = await keeping([
      { kind: 'drop', product: 'BTC-USD', from: start, until: start + MINUTE },
      { kind: 'blind', from: 0, until: Number.POSITIVE_INFINITY },
    ]);
    await server.play(end);
    await until(() => isDeepStrictEqual(keeper.held, truth)).catch(() => expect(keeper.held).toEqual(truth));
    await keeper.close();
  });

  it('outlives a venue whose requests fail for a while', async () => {
    const { server, keeper } = await keeping([]);
    server.setFaults([
      { kind: 'http', status: 500, times: 8, from: 0, until: end },
      { kind: 'drop', product: 'BTC-USD', from: from + 5 * MINUTE, until: from + 6 * MINUTE },
    ]);
    await server.play(end);
    await until(() => isDeepStrictEqual(keeper.held, truth)).catch(() => expect(keeper.held).toEqual(truth));
    await keeper.close();
  });
});

describe('the trades of a recording', () => {
  const trades = [...tradesOf(recordingOf(bars)).values()];

  it('are numbered one by one, in the order of time', () => {
    for (const own of trades) {
      expect(own.map(({ id }) => id)).toEqual(own.map((_, index) => (own[0]?.id ?? 0) + index));
      expect(
        own.every(({ micros, sequence }, index) => {
          const before = own[index - 1];
          return before === undefined || (before.micros <= micros && before.sequence < sequence);
        }),
      ).toBe(true);
    }
  });

  it('make each bar again, to the last digit', () => {
    const units = (text: string) => BigInt(text.replace('.', ''));
    for (const bar of bars.filter(({ symbol }) => symbol === 'BTCUSD')) {
      const own = trades[0]?.filter(({ micros }) => Math.floor(micros / 60e6) * MINUTE === bar.start) ?? [];
      const prices = own.map(({ price }) => Number(price));
      expect([own[0]?.price, own.at(-1)?.price]).toEqual([bar.open, bar.close]);
      expect([Math.max(...prices), Math.min(...prices)]).toEqual([Number(bar.high), Number(bar.low)]);
      expect(own.reduce((sum, { size }) => sum + units(size), 0n)).toBe(units(bar.volume));
      expect(own.every(({ size }) => units(size) > 0n)).toBe(true);
    }
  });
});

describe('faults', () => {
  it('are typed as kind, argument, instant and seconds', () => {
    const at = Date.parse('2018-04-05T14:30:00Z');
    expect(
      parseFaults('mute@2018-04-05T14:30:00Z+300,drop:BTC-USD@2018-04-05T14:30Z,http:429@2018-04-05T14:30Z+5'),
    ).toEqual([
      { kind: 'mute', from: at, until: at + 300_000 },
      { kind: 'drop', product: 'BTC-USD', from: at, until: at + 60_000 },
      { kind: 'http', status: 429, from: at, until: at + 5_000 },
    ]);
    expect(parseFaults('clock:-60@2018-04-05T14:30Z,blind@2018-04-05T14:30Z')).toMatchObject([
      { seconds: -60 },
      { kind: 'blind' },
    ]);
    for (const wrong of ['drop@2018-04-05T14:30Z', 'mute:BTC-USD@2018-04-05T14:30Z', 'rain@2018-04-05T14:30Z'])
      expect(() => parseFaults(wrong)).toThrow(`--faults is ${JSON.stringify(wrong)}, expected KIND`);
  });

  it('are the same for the same seed, and change what is sent, not what is true', () => {
    const recording = recordingOf(bars);
    expect(randomFaults(7, recording, START)).toEqual(randomFaults(7, recording, START));
    const faults = randomFaults(7, recording, START);
    const kinds = new Set(faults.map(({ kind }) => kind));
    for (const kind of ['drop', 'repeat', 'swap', 'flap', 'mute', 'blind', 'malformed'] as const)
      expect(kinds).toContain(kind);
    const [right, wrong] = [[], faults].map((own) => new Timeline(recording, tradesOf(recording), own));
    expect(wrong?.emissions).not.toEqual(right?.emissions);
    expect(wrong?.tradesAt('BTC-USD', end)).toEqual(right?.tradesAt('BTC-USD', end));
  });
});
