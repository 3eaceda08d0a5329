import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { calendarById } from '../calendar/index.ts';
import { InProcessWakeUp, type WakeUp } from '../delivery/wake-up.ts';
import type { FeedStatus } from '../market-data/live/feed.ts';
import { ManualClock, wallClock } from '../platform/clock.ts';
import { createPool } from '../platform/database/pool.ts';
import type { HealthReport } from '../platform/http/health-port.ts';
import { createTestDatabase } from '../platform/postgres/testing.ts';
import { databaseCheck, type FeedState, feedCheck, wakeUpCheck } from './checks.ts';
import { type HealthCheck, type HealthOptions, HealthService } from './health.ts';
import { systemUsage } from './system-usage.ts';

const monotonic = (): number => performance.now();
const healthy: HealthCheck = async () => ({ status: 'healthy', details: {} });
const broken: HealthCheck = async () => {
  throw new Error('cannot reach postgres://app:hunter2@db/x');
};
const silent: HealthCheck = () => new Promise(() => {});

function service(checks: Partial<HealthOptions['checks']> = {}, options: Partial<HealthOptions> = {}): HealthService {
  return new HealthService({
    service: 'heliograph',
    version: '0.1.0',
    checks: { database: healthy, cache: healthy, external_api: healthy, ...checks },
    system: systemUsage('.', monotonic),
    clock: wallClock,
    monotonic,
    timeoutMs: 100,
    ...options,
  });
}

describe('the check of the wake-up', () => {
  const check = (wakeUp: WakeUp) => service({ cache: wakeUpCheck(wakeUp, 'in the process') }).detailed();

  it('is healthy when what is sent arrives, again and again, and takes the time that this takes', async () => {
    const quick = new InProcessWakeUp();
    const late: WakeUp = {
      notify: (stream, seq) => void setTimeout(() => quick.notify(stream, seq), 30),
      wait: (...args) => quick.wait(...args),
    };
    const cache = wakeUpCheck(late, 'in the process');
    const patient = service({ cache }, { timeoutMs: 5_000 });
    const reports = [await patient.detailed(), await patient.detailed()];
    for (const { checks } of reports) {
      expect(checks.cache.status).toBe('healthy');
      expect(checks.cache.response_time_ms).toBeGreaterThanOrEqual(29);
    }
    const { cache: direct } = (await check(quick)).checks;
    expect(direct).toMatchObject({ status: 'healthy', details: { kind: 'in the process' } });
  });

  it('is unhealthy when what is sent is lost', async () => {
    const quick = new InProcessWakeUp();
    const deaf: WakeUp = { notify: () => undefined, wait: (...args) => quick.wait(...args) };
    expect((await check(deaf)).checks.cache).toMatchObject({
      status: 'unhealthy',
      details: { error: 'no answer within 100 ms' },
    });
  });
});

describe('the detailed report', () => {
  it('is healthy when everything is, with a section each and the system', async () => {
    const report = await service().detailed();
    expect(report).toMatchObject({ status: 'healthy', service: 'heliograph', version: '0.1.0' });
    expect(Object.keys(report.checks)).toEqual(['database', 'cache', 'external_api']);
    expect(Object.keys(report.system)).toEqual([
      'uptime_seconds',
      'memory_usage_percent',
      'cpu_usage_percent',
      'disk_usage_percent',
    ]);
  });

  it.each(['database', 'cache'] as const)(
    'is unhealthy without %s, and says why without its password',
    async (name) => {
      const report = await service({ [name]: broken }).detailed();
      expect(report.status).toBe('unhealthy');
      expect(report.checks[name]).toMatchObject({
        status: 'unhealthy',
        details: { error: 'cannot reach postgres://app:***@db/x' },
      });
    },
  );

  it.each([
    ['degraded', async () => ({ status: 'degraded', details: {} }) as const],
    ['broken', broken],
    ['silent', silent],
  ])('is degraded by a %s feed', async (_, check) => {
    expect((await service({ external_api: check }).detailed()).status).toBe('degraded');
  });

  it('measures each check', async () => {
    const slow: HealthCheck = async () => {
      await sleep(30);
      return { status: 'healthy', details: {} };
    };
    const { checks } = await service({ database: slow }, { timeoutMs: 5_000 }).detailed();
    expect(checks.database.response_time_ms).toBeGreaterThanOrEqual(29);
    expect(checks.cache.response_time_ms).toBeLessThan(checks.database.response_time_ms);
  });

  it('runs the checks at the same time', async () => {
    let begun = 0;
    const allBegun = Promise.withResolvers<void>();
    const waitsForTheOthers: HealthCheck = async () => {
      if (++begun === 3) allBegun.resolve();
      await allBegun.promise;
      return { status: 'healthy', details: {} };
    };
    const checks = { database: waitsForTheOthers, cache: waitsForTheOthers, external_api: waitsForTheOthers };
    expect((await service(checks, { timeoutMs: 5_000 }).detailed()).status).toBe('healthy');
  });

  it('gives up a check that does not answer, and tells it so', async () => {
    let told: unknown;
    const check: HealthCheck = (signal) => {
      signal.addEventListener('abort', () => {
        told = signal.reason;
      });
      return new Promise(() => {});
    };
    const { checks } = await service({ database: check }).detailed();
    expect(checks.database).toMatchObject({ status: 'unhealthy', details: { error: 'no answer within 100 ms' } });
    expect(checks.database.response_time_ms).toBeGreaterThanOrEqual(99);
    expect(told).toMatchObject({ message: 'no answer within 100 ms' });
  });
});

describe('databaseCheck', () => {
  async function reportOf(connectionString: string): Promise<HealthReport> {
    const pool = createPool({
      url: connectionString,
      name: 'health',
      size: 1,
      statementTimeoutMs: 1_000,
      onError: () => {},
    });
    try {
      return await service({ database: databaseCheck(pool) }, { timeoutMs: 1_000 }).detailed();
    } finally {
      await pool.end();
    }
  }

  it('asks a real database, and misses it when it is gone', async () => {
    const database = await createTestDatabase({ name: 'health' });
    const { status, checks } = await reportOf(database.applicationUrl);
    expect(status).toBe('healthy');
    expect(checks.database).toMatchObject({
      status: 'healthy',
      details: { version: expect.stringMatching(/^18\./), database: database.name },
    });
    expect(checks.database.response_time_ms).toBeGreaterThan(0);

    await database.dispose();
    const gone = await reportOf(database.applicationUrl);
    expect(gone.status).toBe('unhealthy');
    expect(gone.checks.database.details['error']).toContain('does not exist');
  });

  it('misses a server that refuses the connection', async () => {
    const { status, checks } = await reportOf('postgres://app:hunter2@127.0.0.1:1/x');
    expect(status).toBe('unhealthy');
    expect(checks.database.details['error']).toContain('ECONNREFUSED');
  });

  it('gives up a server that takes the connection and says nothing', async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const pool = createPool({
      url: `postgres://app:x@127.0.0.1:${port}/x`,
      name: 'health',
      size: 1,
      statementTimeoutMs: 1_000,
      onError: () => {},
    });
    const { status, checks } = await service({ database: databaseCheck(pool) }).detailed();
    expect(status).toBe('unhealthy');
    expect(checks.database.details['error']).toBe('no answer within 100 ms');
    for (const socket of sockets) socket.destroy();
    await pool.end();
    mute.close();
  });
});

describe('readiness', () => {
  it('begins when everything is up and ends when draining begins; liveness does not care', async () => {
    const health = service();
    expect(await health.ready()).toEqual({ ready: false, reason: 'starting' });
    expect(health.started()).toBe(false);
    health.markStarted();
    expect(await health.ready()).toEqual({ ready: true });
    health.markDraining();
    expect(await health.ready()).toEqual({ ready: false, reason: 'draining' });
    expect(health.started()).toBe(true);
    expect(health.live().status).toBe('healthy');
  });

  it('does not come back when the start ends after draining began', async () => {
    const health = service();
    health.markDraining();
    health.markStarted();
    expect(await health.ready()).toEqual({ ready: false, reason: 'draining' });
  });

  it.each([
    ['that fails', broken],
    ['that does not answer in time', silent],
  ])('is lost with a database %s', async (_, database) => {
    const health = service({ database });
    health.markStarted();
    expect(await health.ready()).toEqual({ ready: false, reason: 'database' });
    expect(health.live().status).toBe('healthy');
  });

  it('is kept when the feed is late', async () => {
    const health = service({ external_api: broken });
    health.markStarted();
    expect(await health.ready()).toEqual({ ready: true });
  });

  it('asks the database once a second at most, however many ask', async () => {
    let asked = 0;
    let now = 0;
    const database: HealthCheck = async () => ({ status: asked++ === 0 ? 'unhealthy' : 'healthy', details: {} });
    const health = service({ database }, { monotonic: () => now });
    health.markStarted();
    await Promise.all(Array.from({ length: 50 }, () => health.ready()));
    now = 999;
    expect((await health.ready()).ready).toBe(false);
    expect(asked).toBe(1);
    now = 1_000;
    expect((await health.ready()).ready).toBe(true);
  });
});

describe('feedCheck', () => {
  const at = (text: string): number => Date.parse(text);

  function check(state: FeedState, now: string): ReturnType<HealthCheck> {
    const feed = feedCheck({
      name: 'replay',
      provenance: 'REPLAY',
      calendar: calendarById('XNYS'),
      clock: new ManualClock(at(now)),
      staleAfterMinutes: 5,
      state: () => state,
    });
    return feed(new AbortController().signal);
  }

  it('measures the age of the newest bar on the clock of the feed', async () => {
    const newestBarEnd = at('2013-10-02T14:00:00Z');
    expect(await check({ state: 'running', newestBarEnd, live: null }, '2013-10-02T14:04:30Z')).toMatchObject({
      status: 'healthy',
      details: {
        feed: 'replay',
        provenance: 'REPLAY',
        age_seconds: 270,
        age_trading_minutes: 4.5,
        newest_bar_end: '2013-10-02T14:00:00.000Z',
      },
    });
    expect((await check({ state: 'running', newestBarEnd, live: null }, '2013-10-02T14:05:01Z')).status).toBe(
      'degraded',
    );
  });

  it('does not count the night: at the open the last bar is hours old and fresh', async () => {
    const newestBarEnd = at('2013-10-02T20:00:00Z');
    expect((await check({ state: 'running', newestBarEnd, live: null }, '2013-10-03T13:30:00Z')).status).toBe(
      'healthy',
    );
    expect((await check({ state: 'running', newestBarEnd, live: null }, '2013-10-03T13:36:00Z')).status).toBe(
      'degraded',
    );
  });

  it('is degraded before the first bar and after a failure, not after the end of a file', async () => {
    const newestBarEnd = at('2013-10-02T14:00:00Z');
    expect((await check({ state: 'running', newestBarEnd: null, live: null }, '2013-10-02T14:00:00Z')).status).toBe(
      'degraded',
    );
    expect((await check({ state: 'failed', newestBarEnd, live: null }, '2013-10-02T14:00:00Z')).status).toBe(
      'degraded',
    );
    expect((await check({ state: 'finished', newestBarEnd, live: null }, '2013-10-09T14:00:00Z')).status).toBe(
      'healthy',
    );
  });
});

describe('feedCheck of a venue', () => {
  const newestBarEnd = Date.parse('2013-10-02T14:00:00Z');
  const fine: FeedStatus = {
    phase: 'STREAMING',
    stalledSince: null,
    circuit: 'CLOSED',
    reconnects: 0,
    openGaps: 0,
    ...{ repeats: 0, unreadable: { malformed: 0, unknown: 0 } },
  };

  function check(live: Partial<FeedStatus>, now = newestBarEnd + 60_000): ReturnType<HealthCheck> {
    const feed = feedCheck({
      name: 'alpaca-iex',
      provenance: 'LIVE',
      calendar: calendarById('XNYS'),
      clock: new ManualClock(now),
      staleAfterMinutes: 2,
      state: () => ({ state: 'running', newestBarEnd, live: { ...fine, ...live } }),
    });
    return feed(new AbortController().signal);
  }

  it('is degraded while the stream is away or silent or the circuit is open, however new the newest bar is', async () => {
    expect(await check({})).toMatchObject({ status: 'healthy', details: { phase: 'STREAMING', open_gaps: 0 } });
    expect((await check({ phase: 'DISCONNECTED' })).status).toBe('degraded');
    expect((await check({ circuit: 'OPEN' })).status).toBe('degraded');
    expect(await check({ stalledSince: newestBarEnd })).toMatchObject({
      status: 'degraded',
      details: { stalled_since: '2013-10-02T14:00:00.000Z' },
    });
  });

  it('is healthy in a process that stands by, whose bars another one takes in', async () => {
    expect((await check({ phase: 'STANDBY' }, newestBarEnd + 3_600_000)).status).toBe('healthy');
  });
});

describe('systemUsage', () => {
  it('measures this process and this machine', async () => {
    const usage = systemUsage('.', monotonic);
    const end = monotonic() + 50;
    while (monotonic() < end) Math.sqrt(end);
    const { uptime_seconds, memory_usage_percent, cpu_usage_percent, disk_usage_percent } = await usage();
    expect(uptime_seconds).toBeGreaterThan(0);
    expect(cpu_usage_percent).toBeGreaterThan(0);
    for (const percent of [memory_usage_percent, cpu_usage_percent, disk_usage_percent ?? -1]) {
      expect(percent).toBeGreaterThanOrEqual(0);
      expect(percent).toBeLessThanOrEqual(100);
    }
  });

  it('says nothing about a disk that is not there', async () => {
    expect((await systemUsage('/no/such/folder', monotonic)()).disk_usage_percent).toBeNull();
  });
});
