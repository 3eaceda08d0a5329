import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AlpacaFeed } from '../../backend/market-data/alpaca/feed.ts';
import { usEquity } from '../../backend/market-data/instruments/us-equities.ts';
import { LiveSource } from '../../backend/market-data/live/live-source.ts';
import type { SourceBatch } from '../../backend/market-data/source.ts';
import { AdvisoryLease } from '../../backend/platform/database/advisory-lease.ts';
import { createTestDatabase } from '../../backend/platform/postgres/testing.ts';
import { randomOf } from '../../backend/platform/random.ts';
import { silentLogger } from '../../backend/platform/telemetry/logger.ts';
import type { AlpacaServer } from './server/server.ts';
import { account, MINUTE, minutes, OPEN, startServer } from './testing.ts';

const DAY = 86_400_000;
const within = { timeout: 10_000, interval: 5 };
const bars = [...minutes('SPY', OPEN - DAY, 390), ...minutes('SPY', OPEN, 390)];

function sourceOf(server: AlpacaServer, databaseUrl: string): LiveSource {
  const feed = new AlpacaFeed({
    ...{ key: account.key, secret: account.secret, feed: 'iex', log: silentLogger, clock: server.clock },
    ...{ streamUrl: server.streamUrl().replace('/v2/iex', ''), dataUrl: server.httpUrl, tradingUrl: server.httpUrl },
    instruments: [usEquity('SPY', 'ARCX')],
    random: randomOf('live source'),
    streamLimits: { retryMs: 2, mostRetryMs: 20, checkMs: 2, closeMs: 200 },
  });
  onTestFinished(() => feed.close());
  const lease = new AdvisoryLease({ url: databaseUrl, name: 'one account', lookMs: 10, onError: () => undefined });
  return new LiveSource({ feed, lease, log: silentLogger, historySessions: 1 });
}

/** Reads a source until the test is over. */
function reading(source: LiveSource, resumeAfter?: number) {
  const stop = new AbortController();
  const batches: SourceBatch[] = [];
  const over = (async () => {
    const resume = resumeAfter === undefined ? {} : { resumeAfter };
    for await (const batch of source.batches({ signal: stop.signal, ...resume })) batches.push(batch);
  })().catch(() => undefined);
  const end = async (): Promise<void> => {
    stop.abort(new Error('the test is over'));
    await over;
  };
  onTestFinished(end);
  return { batches, end, starts: () => batches.flatMap((batch) => batch.bars.map(({ barStart }) => barStart)) };
}

describe('a venue as a source', () => {
  it('gives history as a running feed would have, says when the past is in, and then what comes when it comes', async () => {
    await using database = await createTestDatabase({ name: 'live' });
    const server = await startServer({ bars, startAt: OPEN + 10 * MINUTE + 30_000 });
    const source = sourceOf(server, database.applicationUrl);
    const { batches, starts } = reading(source);
    await expect.poll(() => source.status().phase, within).toBe('STREAMING');
    await expect.poll(() => source.status().openGaps, within).toBe(0);
    const { historyEnd } = await source.describe();
    const past = batches.filter((batch) => batch.bars.length > 0);
    expect(starts().length).toBe(400);
    expect(past.every((batch) => batch.bars.every(({ barEnd }) => batch.knownTime === barEnd + 1_000))).toBe(true);
    expect(batches.at(-1)).toMatchObject({ bars: [], quarantined: [] });
    expect(batches.at(-1)?.knownTime).toBeGreaterThan(historyEnd);

    await server.play(OPEN + 12 * MINUTE + 1_000);
    await expect.poll(() => starts().slice(400), within).toEqual([OPEN + 10 * MINUTE, OPEN + 11 * MINUTE]);
    const times = batches.map(({ knownTime }) => knownTime);
    expect(times.slice(-2)).toEqual([OPEN + 11 * MINUTE + 200, OPEN + 12 * MINUTE + 200]);
  });

  it('goes on after a restart with what was missed, known only now', async () => {
    await using database = await createTestDatabase({ name: 'live' });
    const server = await startServer({ bars, startAt: OPEN + 30 * MINUTE + 30_000 });
    const source = sourceOf(server, database.applicationUrl);
    const { batches } = reading(source, OPEN + 10 * MINUTE + 1_000);
    await expect.poll(() => source.status().phase, within).toBe('STREAMING');
    const missed = batches.flatMap((batch) => batch.bars.filter(({ barStart }) => barStart >= OPEN + 10 * MINUTE));
    expect(missed.length).toBe(20);
    expect(missed.every(({ knownTime }) => knownTime >= OPEN + 30 * MINUTE + 30_000)).toBe(true);
  });

  it('stands by while another process has the account, without connecting, and takes over when that one is gone', async () => {
    await using database = await createTestDatabase({ name: 'live' });
    const server = await startServer({ bars, startAt: OPEN + 10 * MINUTE + 30_000 });
    const [first, second] = [sourceOf(server, database.applicationUrl), sourceOf(server, database.applicationUrl)];
    const owner = reading(first);
    await expect.poll(() => first.status().phase, within).toBe('STREAMING');
    const standby = reading(second);
    await expect.poll(() => second.status().phase, within).toBe('STANDBY');
    await server.play(OPEN + 11 * MINUTE + 1_000);
    await expect.poll(() => owner.starts().at(-1), within).toBe(OPEN + 10 * MINUTE);
    await sleep(50);
    expect(server.connections).toBe(1);
    expect(standby.batches).toEqual([]);

    await owner.end();
    await expect.poll(() => second.status().phase, within).toBe('STREAMING');
    await server.play(OPEN + 12 * MINUTE + 1_000);
    await expect.poll(() => standby.starts().at(-1), within).toBe(OPEN + 11 * MINUTE);
    expect(new Set(standby.starts()).size).toBe(402);
  });
});
