import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { TestIssuer } from '../../access/key-set.fixture.ts';
import { createPool, type Pool } from '../../platform/database/pool.ts';
import type { HealthReport } from '../../platform/http/health-port.ts';
import { createTestDatabase, type TestDatabase } from '../../platform/postgres/testing.ts';
import { migrateForTest } from '../../testing/database.ts';
import { freePort } from '../../testing/ports.ts';
import { type Started, startCommand } from '../../testing/process.ts';
import { PRODUCTION_PROVENANCES } from '../runtime/open-database.ts';

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

/** The role pipeline as production starts it. The keys are nobody's, and this machine may not even reach Alpaca. */
function start(env: Readonly<Record<string, string>>, ...args: readonly string[]): Started {
  const production = {
    ENVIRONMENT: 'production',
    DATABASE_URL: database.applicationUrl,
    ALPACA_API_KEY: 'nobody',
    ALPACA_SECRET_KEY: 'nothing',
  };
  return startCommand(['start', '--role', 'pipeline', ...args], { ...production, ...env });
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

describe('the role api in production', () => {
  const POST = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const secrets = { CURSOR_SECRET: 'a-key-that-only-this-test-knows-of-1234' };

  it('does not start without access control, nor with the principal of development', { timeout: 60_000 }, async () => {
    const issuer = {
      ...{ AUTH_ISSUER: 'https://login.example/', AUTH_AUDIENCE: 'heliograph' },
      AUTH_JWKS_URL: 'https://login.example/keys',
    };
    expect(await refusal(secrets, '--role', 'api')).toContain('AUTH_ISSUER is missing, expected the issuer');
    expect(await refusal({ ...secrets, ...issuer, DEVELOPMENT_PRINCIPAL: 'true' }, '--role', 'api')).toContain(
      'DEVELOPMENT_PRINCIPAL is "true", expected false when ENVIRONMENT is production',
    );
  });

  it('lets in those with a good token on every transport, and nobody else', { timeout: 60_000 }, async () => {
    await using issuer = await TestIssuer.start();
    const [port, internalPort] = [await freePort(), await freePort()];
    const { child, output } = start(
      {
        ...{ ...secrets, PORT: String(port), INTERNAL_PORT: String(internalPort) },
        ...{ AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: 'heliograph', AUTH_JWKS_URL: `${issuer.url}/keys` },
      },
      ...['--role', 'api'],
    );
    try {
      const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.status;
      await expect.poll(ready, within).toBe(200);
      const token = `Bearer ${await issuer.token(Date.now())}`;
      const ask = async (query: string, authorization?: string) => {
        const headers = { ...POST.headers, ...(authorization === undefined ? {} : { authorization }) };
        const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
          ...POST,
          headers,
          body: JSON.stringify({ query }),
        });
        return { status: answer.status, body: await answer.json() };
      };
      expect(await ask('{ signals { nodes { id } } }', token)).toEqual({
        status: 200,
        body: { data: { signals: { nodes: [] } } },
      });
      expect((await ask('{ signals { nodes { id } } }')).status).toBe(401);
      expect((await ask('{ __schema { types { name } } }')).status).toBe(401);
      expect((await ask('{ __schema { types { name } } }', token)).status).toBe(400);
      expect((await ask('{ models { nodes { id } } }', token)).status).toBe(403);

      const answerTo = async (payload: object): Promise<unknown> => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws');
        socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload })));
        const said = once(socket, 'message').then(([data]) => JSON.parse(String(data)).type as string);
        const closed = once(socket, 'close').then(([code]) => code as number);
        const first = await Promise.race([said, closed]);
        socket.terminate();
        return first;
      };
      expect(await answerTo({ authorization: token })).toBe('connection_ack');
      expect(await answerTo({})).toBe(4403);
      expect(await answerTo({ authorization: 'Bearer nonsense' })).toBe(4403);
      expect(output()).not.toContain(token.slice(7));
    } finally {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    expect(child.exitCode).toBe(0);
  });
});
