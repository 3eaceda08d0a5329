import { afterEach, beforeEach, expect, it } from 'vitest';
import { SqlAdminClient } from '../../platform/google/sql-admin-client.ts';
import { SqlAdminServer } from '../../testing/sql-admin-server.ts';
import { cloneAt, drillName, sweep, takeAway } from './clone.ts';
import { type CloudSql, instanceOf } from './instance.ts';

const NOW = Date.parse('2026-10-12T12:00:00Z');
const patience = { pollMs: 1 };
let server: SqlAdminServer;
let cloudSql: CloudSql;
let name: string;
beforeEach(async () => {
  server = await SqlAdminServer.start('acme', 'heliograph-database');
  server.latestRecovery = '2026-10-12T11:55:00Z';
  const token = async () => server.token;
  cloudSql = {
    instance: instanceOf('acme:europe-west3:heliograph-database'),
    client: new SqlAdminClient({ url: server.url, token, random: () => 0, backoffMs: 1 }),
    token,
  };
  name = drillName(cloudSql.instance);
});
afterEach(() => server[Symbol.asyncDispose]());

const clone = (at = '2026-10-12T11:55:00Z') => cloneAt(cloudSql, name, Date.parse(at), patience);
const changes = () => server.asked.filter((one) => !one.startsWith('GET'));

it('makes an instance as of a moment, and waits until it is there', async () => {
  let isThere = false;
  server.onCloned = () => {
    isThere = true;
  };
  await clone();
  expect(isThere).toBe(true);
  expect(name).toMatch(/^heliograph-database-drill-[0-9a-f]{8}$/);
  expect(server.others.get(name)?.pointInTime).toBe('2026-10-12T11:55:00.000Z');
});

it('tells what went wrong with an operation', async () => {
  server.failures.set('CLONE', 'there is no machine for it');
  await expect(clone()).rejects.toThrow(
    `CLONE operation-1 of ${name} failed: INTERNAL_ERROR there is no machine for it`,
  );
  await expect(cloneAt(cloudSql, drillName(cloudSql.instance), NOW, patience)).rejects.toThrow(
    'Cannot be recovered to',
  );
});

it('asks for an instance once more where nothing was done, and never where it may have been', async () => {
  server.refusals.push(429);
  await clone();
  expect(changes()).toHaveLength(2);
  server.refusals.push(500);
  await expect(clone()).rejects.toMatchObject({ status: 500 });
  expect(changes()).toHaveLength(3);
});

it('takes an instance away, though it is protected as the original is', async () => {
  await clone();
  await takeAway(cloudSql, name, patience);
  expect([...server.others.keys()]).toEqual([]);
  await takeAway(cloudSql, name, patience);
});

it('takes away one that was never finished, and one to which something else is done', async () => {
  server.failures.set('CLONE', 'it was given up');
  await expect(clone()).rejects.toThrow('it was given up');
  server.refusals.push(409);
  await takeAway(cloudSql, name, patience);
  expect(server.others.size).toBe(0);

  server.others.set(name, { createTime: '2026-10-12T00:00:00Z', isProtected: false });
  server.failures.set('UPDATE', 'it cannot be changed');
  server.refusals.push(400);
  await takeAway(cloudSql, name, patience);
  expect(server.others.size).toBe(0);
});

it('says why an instance could not be taken away', async () => {
  await clone();
  server.failures.set('DELETE', 'somebody reads from it');
  await expect(takeAway(cloudSql, name, patience)).rejects.toThrow('somebody reads from it');
  server.refusals.push(403);
  await expect(takeAway(cloudSql, name, patience)).rejects.toThrow('DELETE');
});

it('touches nothing that no drill of this instance has made', async () => {
  for (const other of ['heliograph-database', 'heliograph-database-drill-', 'other-database-drill-01234567', '']) {
    await expect(takeAway(cloudSql, other, patience)).rejects.toThrow('expected one that begins with');
    await expect(cloneAt(cloudSql, other, NOW, patience)).rejects.toThrow('expected one that begins with');
  }
  expect(server.asked).toEqual([]);
});

it('sweeps what drills have left behind for more than a day, and nothing else', async () => {
  const made = (createTime: string) => ({ createTime, isProtected: true });
  server.others.set('heliograph-database-drill-00000001', made('2026-10-11T11:59:00Z'));
  server.others.set('heliograph-database-drill-00000002', made('2026-10-11T12:01:00Z'));
  server.others.set('heliograph-database-restored', made('2026-01-01T00:00:00Z'));
  server.others.set('other-database-drill-00000003', made('2026-01-01T00:00:00Z'));
  expect(await sweep(cloudSql, NOW, patience)).toEqual(['heliograph-database-drill-00000001']);
  expect(server.others.size).toBe(3);
  expect(changes().every((one) => one.endsWith('drill-00000001'))).toBe(true);
});
