import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, type Pool } from '../platform/database/pool.ts';
import type { HealthReport } from '../platform/http/health-port.ts';
import { createTestDatabase, type TestDatabase } from '../platform/postgres/testing.ts';
import { migrateForTest } from '../testing/database.ts';
import { PRODUCTION_PROVENANCES } from './open-database.ts';

const within = { timeout: 30_000, interval: 100 };

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  const migrate = async (ownerUrl: string): Promise<void> => {
    await migrateForTest(ownerUrl, { allowedProvenance: PRODUCTION_PROVENANCES });
  };
  database = await createTestDatabase({ name: 'production', migrate });
  pool = createPool({
    url: database.applicationUrl,
    ...{ name: 'test', size: 2, statementTimeoutMs: 20_000, onError: () => undefined },
  });
});
afterAll(async () => {
  await pool.end();
  await database.dispose();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

type Started = { readonly child: ChildProcess; readonly output: () => string };

/** The role pipeline as production starts it. The keys are nobody's, and this machine may not even reach Alpaca. */
function start(env: Readonly<Record<string, string>>, ...args: readonly string[]): Started {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'backend/main.ts', 'start', '--role', 'pipeline', ...args],
    {
      cwd: join(import.meta.dirname, '../..'),
      env: {
        ENVIRONMENT: 'production',
        DATABASE_URL: database.applicationUrl,
        ALPACA_API_KEY: 'nobody',
        ALPACA_SECRET_KEY: 'nothing',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  return { child, output: () => text };
}

async function refusal(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<string> {
  const { child, output } = start(env, ...args);
  const [code] = await once(child, 'exit');
  expect(code).not.toBe(0);
  return output();
}

describe('the role pipeline in production', () => {
  it('starts with Alpaca while nobody answers there: ready, and degraded with the reason', {
    timeout: 60_000,
  }, async () => {
    const port = await freePort();
    // A name that never resolves: the same on a machine with and without a network.
    const hosts = {
      ALPACA_STREAM_URL: 'wss://nowhere.invalid.alpaca.markets',
      ALPACA_DATA_URL: 'https://nowhere.invalid.alpaca.markets',
      ALPACA_TRADING_URL: 'https://nowhere.invalid.alpaca.markets',
    };
    const { child, output } = start({ INTERNAL_PORT: String(port), ...hosts });
    try {
      const statusOf = async (path: string) =>
        (await fetch(`http://127.0.0.1:${port}${path}`).catch(() => null))?.status;
      await expect.poll(() => statusOf('/readyz'), within).toBe(200);
      const feed = async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/health/detailed`);
        const report = (await answer.json()) as HealthReport;
        return { status: report.status, ...report.checks.external_api.details };
      };
      await expect
        .poll(feed, within)
        .toMatchObject({ status: 'degraded', feed: 'alpaca-iex', provenance: 'LIVE', phase: 'BACKFILLING' });
      expect(await statusOf('/readyz')).toBe(200);
      expect(output()).toContain('the back-fill has to wait');
      expect(output()).not.toContain('nothing"');
    } finally {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    expect(child.exitCode).toBe(0);
  });

  it('does not start with invented or recorded data, and names it as the reason', { timeout: 60_000 }, async () => {
    for (const feed of ['simulated', 'replay'])
      expect(await refusal({ FEED: feed })).toContain(`FEED is "${feed}", expected a feed of real market data`);
    expect(await refusal({}, '--bars', 'bars.csv')).toContain(
      '--bars is "bars.csv", expected none when ENVIRONMENT is production: a recorded file is REPLAY',
    );
    expect(await refusal({ ALPACA_DATA_URL: 'http://127.0.0.1:8765' })).toContain(
      'ALPACA_DATA_URL is "http://127.0.0.1:8765", expected one of Alpaca\'s own hosts',
    );
  });

  it('has a database that refuses such data, whoever writes it', async () => {
    for (const provenance of ['SYNTHETIC', 'REPLAY']) {
      const insert = `insert into source (source_id, feed, provenance, licence, timeframe) values ('x', 'X', $1, 'none', '1m')`;
      await expect(pool.query(insert, [provenance])).rejects.toThrow('source_provenance_fkey');
    }
    const { rows } = await pool.query('select provenance from allowed_provenance order by 1');
    expect(rows.map((row) => row.provenance)).toEqual(['DELAYED', 'LIVE', 'PAPER']);
  });
});
