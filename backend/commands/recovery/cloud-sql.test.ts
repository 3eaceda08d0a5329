import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMetrics, type Metrics } from '../../metrics/registry.ts';
import { instanceOf } from '../../operations/cloud-sql/instance.ts';
import { SqlAdminClient } from '../../platform/google/sql-admin-client.ts';
import { SqlAdminServer } from '../../testing/sql-admin-server.ts';
import { askOnce } from './cloud-sql.ts';

let server: SqlAdminServer;
let metrics: Metrics;
beforeEach(async () => {
  server = await SqlAdminServer.start('acme', 'heliograph-database');
  metrics = createMetrics();
});
afterEach(() => server[Symbol.asyncDispose]());

const look = () =>
  askOnce(metrics, {
    instance: instanceOf('acme:europe-west3:heliograph-database'),
    client: new SqlAdminClient({ url: server.url, token: async () => 'token-1', random: () => 0, backoffMs: 1 }),
  });

/** All that is shown of Cloud SQL, by name and kind. */
async function shown(): Promise<Record<string, number>> {
  const lines = (await metrics.render()).split('\n').filter((line) => line.includes('target="cloudsql"'));
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', kind, value] = /^(\w+)\{(?:kind="(\w+)",)?target="cloudsql"\} (.+)$/.exec(line) ?? [];
      return [kind === undefined ? name : `${name} ${kind}`, Number(value)];
    }),
  );
}

const all = {
  'backup_last_success_timestamp_seconds full': Date.parse('2026-10-12T04:00:01Z') / 1_000,
  'backup_last_success_timestamp_seconds wal': Date.parse('2026-10-12T11:55:00Z') / 1_000,
  'backup_last_attempt_timestamp_seconds full': Date.parse('2026-10-12T04:00:01Z') / 1_000,
  'backup_duration_seconds full': 60,
  'backup_size_bytes full': 7_000,
  backup_latest_recovery_time_seconds: Date.parse('2026-10-12T11:55:00Z') / 1_000,
};

function backedUp(): void {
  const [startTime, endTime] = ['2026-10-12T04:00:01Z', '2026-10-12T04:01:01Z'];
  server.runs = [{ status: 'SUCCESSFUL', startTime, endTime, maxChargeableBytes: '7000' }];
  server.latestRecovery = '2026-10-12T11:55:00Z';
}

it('shows what Cloud SQL says of its backups', async () => {
  backedUp();
  await look();
  expect(await shown()).toEqual(all);
});

it('shows nothing any more of what is no longer there', async () => {
  backedUp();
  await look();
  server.runs = [];
  server.latestRecovery = null;
  await look();
  expect(await shown()).toEqual({});
});

it('lets what it showed grow old while nobody answers', async () => {
  backedUp();
  await look();
  server.refusals.push(403);
  await expect(look()).rejects.toMatchObject({ status: 403 });
  expect(await shown()).toEqual(all);
});
