import { afterEach, beforeEach, expect, it } from 'vitest';
import { SqlAdminClient } from '../../platform/google/sql-admin-client.ts';
import { SqlAdminServer } from '../../testing/sql-admin-server.ts';
import { instanceOf } from './instance.ts';
import { askBackups } from './observe.ts';

const instance = instanceOf('acme:europe-west3:heliograph-database');
let server: SqlAdminServer;
beforeEach(async () => {
  server = await SqlAdminServer.start('acme', 'heliograph-database');
});
afterEach(() => server[Symbol.asyncDispose]());

const ask = (token = server.token) =>
  askBackups(
    new SqlAdminClient({ url: server.url, token: async () => token, random: () => 0, backoffMs: 1 }),
    instance,
  );

/** Of the day of October 2026, at four. */
const run = (day: number, status: string, minutes = 9) => ({
  status,
  enqueuedTime: `2026-10-${day}T04:00:00.5Z`,
  startTime: `2026-10-${day}T04:00:01Z`,
  ...(minutes === 0 ? {} : { endTime: `2026-10-${day}T04:0${minutes}:01Z` }),
  maxChargeableBytes: String(day * 1_000),
});

it('finds the newest backup that succeeded, on whatever page it is', async () => {
  server.runs = [run(14, 'FAILED', 2), run(13, 'FAILED'), run(12, 'SUCCESSFUL'), run(11, 'SUCCESSFUL')];
  server.latestRecovery = '2026-10-14T11:58:30.123456Z';
  expect(await ask()).toEqual({
    newest: { reaches: Date.parse('2026-10-12T04:00:01Z'), bytes: 12_000 },
    lastAttempt: Date.parse('2026-10-14T04:00:01Z'),
    seconds: 120,
    latestRecovery: Date.parse('2026-10-14T11:58:30.123Z'),
  });
});

it('counts one that runs as an attempt, and none that waits, was skipped or was taken away', async () => {
  const queued = { status: 'ENQUEUED', enqueuedTime: '2026-10-16T04:00:00Z' };
  const skipped = { ...run(15, 'SKIPPED'), endTime: '2026-10-15T05:00:00Z' };
  server.runs = [queued, skipped, run(14, 'RUNNING', 0), run(13, 'DELETED'), run(12, 'SUCCESSFUL')];
  expect(await ask()).toMatchObject({
    newest: { reaches: Date.parse('2026-10-12T04:00:01Z') },
    lastAttempt: Date.parse('2026-10-14T04:00:01Z'),
    seconds: 540,
  });
});

it('says that there is nothing where there is nothing', async () => {
  expect(await ask()).toEqual({ newest: null, lastAttempt: null, seconds: null, latestRecovery: null });
  server.runs = [{ status: 'SUCCESSFUL', startTime: '2026-10-12T04:00:01Z' }];
  expect((await ask()).newest).toEqual({ reaches: Date.parse('2026-10-12T04:00:01Z'), bytes: null });
});

it('asks again where the quota is used up, the service is away or the connection breaks', async () => {
  server.runs = [run(12, 'SUCCESSFUL')];
  server.refusals.push(429, 503, 500, 0);
  expect((await ask()).newest?.bytes).toBe(12_000);
  expect(server.asked).toHaveLength(6);
});

it('gives up on a quota that stays used up, and at once on who may not ask', async () => {
  server.refusals.push(...Array(6).fill(429));
  await expect(ask()).rejects.toMatchObject({ status: 429 });
  server.asked.length = 0;
  await expect(ask('stale')).rejects.toThrow(
    /answered 401 to GET \/v1\/projects\/acme\/instances\/heliograph-database\/backupRuns/,
  );
  expect(server.asked).toHaveLength(1);
});

it('refuses a name that is none of an instance', () => {
  expect(() => instanceOf('heliograph-database')).toThrow('expected project:region:instance');
  expect(instanceOf('example.com:acme:europe-west3:one')).toEqual({
    project: 'example.com:acme',
    region: 'europe-west3',
    name: 'one',
  });
});
