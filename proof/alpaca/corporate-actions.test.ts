import { describe, expect, it, onTestFinished } from 'vitest';
import { AlpacaFeed } from '../../backend/market-data/alpaca/feed.ts';
import type { SourceBar } from '../../backend/market-data/bar.ts';
import type { CorporateAction } from '../../backend/market-data/corporate-actions/action.ts';
import { usEquity } from '../../backend/market-data/instruments/us-equities.ts';
import { LiveSource } from '../../backend/market-data/live/live-source.ts';
import { randomOf } from '../../backend/platform/random.ts';
import { silentLogger } from '../../backend/platform/telemetry/logger.ts';
import { until } from '../live-feed/listener.ts';
import type { RecordedBar } from '../recorded/recording.ts';
import type { AlpacaServer } from './server/server.ts';
import { account, MINUTE, OPEN, startServer } from './testing.ts';

const DAY = 86_400_000;
/** Monday, the first session after OPEN's. */
const MONDAY = OPEN + 3 * DAY;
const split = { id: 's', symbol: 'SPY', ex_date: '2013-10-07', process_date: '2013-10-07', old_rate: 1, new_rate: 7 };
const removal = { id: 'r', symbol: 'AIG', process_date: '2013-10-07' };

/** Minutes of two shares on Friday and Monday; one is split over the weekend, by 7. */
function bars(): RecordedBar[] {
  const day = (symbol: string, from: number, price: number): RecordedBar[] =>
    Array.from({ length: 8 }, (_, index) => {
      const close = (price + index / 100).toFixed(2);
      return { symbol, start: from + index * MINUTE, open: close, high: close, low: close, close, volume: '100' };
    });
  return [...day('SPY', OPEN, 700), ...day('AIG', OPEN, 50), ...day('SPY', MONDAY, 100), ...day('AIG', MONDAY, 50)];
}

/** Follows the server as the service does, until the test is over. */
async function follow(
  server: AlpacaServer,
  options: { resumeAfter?: number; actions?: readonly CorporateAction[] } = {},
) {
  const { key, secret } = account;
  const feed = new AlpacaFeed({
    ...{ key, secret, feed: 'iex', instruments: [usEquity('SPY', 'ARCX'), usEquity('AIG', 'XNYS')] },
    ...{ streamUrl: server.streamUrl().replace('/v2/iex', ''), dataUrl: server.httpUrl, tradingUrl: server.httpUrl },
    ...{ log: silentLogger, random: randomOf('actions'), clock: server.clock },
    streamLimits: { retryMs: 2, mostRetryMs: 20, checkMs: 2 },
    restLimits: { retryMs: 2, mostRetryMs: 20 },
  });
  const lost = new AbortController().signal;
  const lease = { acquire: async () => ({ lost, release: async () => undefined }) };
  // What waits a minute before it looks again looks at once here.
  const timer = { now: () => performance.now(), sleep: (ms: number, signal: AbortSignal) => sleep(ms, signal) };
  const told: string[] = [];
  const log = { ...silentLogger, info: (message: string) => void told.push(message) };
  const source = new LiveSource({ feed, lease, log, historySessions: 1, timer });
  const stop = new AbortController();
  const found = { bars: [] as SourceBar[], refused: [] as string[], actions: [] as CorporateAction[], told };
  const reading = (async () => {
    for await (const batch of source.batches({ signal: stop.signal, ...options })) {
      found.bars.push(...batch.bars);
      found.refused.push(...batch.quarantined.map(({ reason }) => reason));
      found.actions.push(...(batch.actions ?? []));
    }
  })().catch(() => undefined);
  onTestFinished(async () => {
    stop.abort(new Error('the test is over'));
    await reading;
    await feed.close();
  });
  return found;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms >= MINUTE ? 2 : ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

const scales = (found: readonly SourceBar[], id: string) =>
  found.filter(({ instrumentId }) => instrumentId === id).map(({ priceScale = '1' }) => priceScale);

describe('a split over the weekend', () => {
  it('is known from the venue, scales the bars of Monday, and is no jump', async () => {
    const startAt = OPEN + 5 * MINUTE + 3_000;
    const server = await startServer({ bars: bars(), startAt, corporateActions: { forward_splits: [split] } });
    const found = await follow(server);
    await until(() => server.followers === 1 && found.bars.length === 10);
    await server.play(MONDAY + 9 * MINUTE);
    await until(() => found.bars.length === 32);
    expect(found.refused).toEqual([]);
    expect(scales(found.bars, 'spy-us')).toEqual([...Array(8).fill('1'), ...Array(8).fill('7')]);
    expect(new Set(scales(found.bars, 'aig-us'))).toEqual(new Set(['1']));
    expect(found.bars.filter(({ priceScale }) => priceScale === '7')[0]?.close).toBe('100');
    // It was announced: from when it was heard of, which is before its date.
    expect(found.actions).toMatchObject([
      { instrumentId: 'spy-us', kind: 'SPLIT', exDate: '2013-10-07', ratio: '7:1' },
    ]);
    expect(found.actions[0]?.knownTime).toBe(startAt);
  });

  it('that is announced after the start is asked for before the open', async () => {
    const announced: Record<string, (typeof split)[]> = {};
    const startAt = OPEN + 5 * MINUTE + 3_000;
    const server = await startServer({ bars: bars(), startAt, corporateActions: announced });
    const found = await follow(server);
    await until(() => server.followers === 1 && found.bars.length === 10);
    await server.play(OPEN + DAY);
    announced['forward_splits'] = [split];
    await server.play(MONDAY - 6 * 60 * MINUTE);
    await until(() => found.told.includes('a split is known'));
    await server.play(MONDAY + 9 * MINUTE);
    await until(() => found.bars.length === 32);
    expect(found.refused).toEqual([]);
    expect(scales(found.bars, 'spy-us')).toEqual([...Array(8).fill('1'), ...Array(8).fill('7')]);
    expect(found.actions).toHaveLength(1);
  });

  it('that nobody has told is a jump, and refused as one', async () => {
    const server = await startServer({ bars: bars(), startAt: OPEN + 5 * MINUTE + 3_000 });
    const found = await follow(server);
    await until(() => server.followers === 1 && found.bars.length === 10);
    await server.play(MONDAY + 9 * MINUTE);
    await until(() => found.refused.length > 0);
    expect(found.refused[0]).toContain('a split that is not known');
  });

  it('that lies in the history was known in time', async () => {
    const server = await startServer({
      ...{ bars: bars(), startAt: MONDAY + 5 * MINUTE + 3_000 },
      corporateActions: { forward_splits: [split] },
    });
    const found = await follow(server);
    await until(() => found.bars.length === 26);
    expect(scales(found.bars, 'spy-us')).toEqual([...Array(8).fill('1'), ...Array(5).fill('7')]);
    expect(found.actions[0]?.knownTime).toBe(Date.parse('2013-10-07'));
  });

  it('that is stored need not be told again', async () => {
    const server = await startServer({ bars: bars(), startAt: MONDAY + 5 * MINUTE + 3_000 });
    const nothing = { amount: null, currency: null, newSymbol: null };
    const stored: CorporateAction = {
      ...{ instrumentId: 'spy-us', kind: 'SPLIT', exDate: '2013-10-07', ratio: '7:1', ...nothing },
      knownTime: OPEN,
    };
    const found = await follow(server, { resumeAfter: OPEN + 9 * MINUTE, actions: [stored] });
    await until(() => found.bars.length >= 26);
    expect(found.bars.filter(({ priceScale }) => priceScale === '7')).toHaveLength(5);
    expect(found.actions).toEqual([]);
  });
});

describe('a share that is removed', () => {
  it('has no further bars: they are refused with the reason', async () => {
    const server = await startServer({
      ...{ bars: bars(), startAt: MONDAY + 5 * MINUTE + 3_000 },
      corporateActions: { forward_splits: [split], cash_mergers: [{ ...removal, acquiree_symbol: 'AIG' }] },
    });
    const found = await follow(server);
    await until(() => found.bars.length === 21 && found.refused.length === 5);
    expect(new Set(found.refused)).toEqual(
      new Set(['aig-us was delisted on 2013-10-07, expected no bar from then on']),
    );
  });
});
