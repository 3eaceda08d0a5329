import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SqlAdminClient } from '../../platform/google/sql-admin-client.ts';
import { makeAuthority } from '../../testing/certificates.ts';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import { SqlAdminServer } from '../../testing/sql-admin-server.ts';
import { drillCloudSql } from './drill.ts';
import { type CloudSql, instanceOf } from './instance.ts';

const PROGRAM = [process.execPath, '--import', 'tsx', join(import.meta.dirname, '../../main.ts')];

let store: TestStore;
let admin: SqlAdminServer;
let front: Server;
let cloudSql: CloudSql;
/** Who came through, by their certificates. */
let came: string[];
beforeEach(async () => {
  store = await openTestStore('cloud-sql-drill');
  admin = await SqlAdminServer.start('acme', 'heliograph-database');
  admin.latestRecovery = new Date(Date.now() + 3_600_000).toISOString();
  const token = async () => admin.token;
  const client = new SqlAdminClient({ url: admin.url, token, random: () => 0, backoffMs: 1 });
  cloudSql = { instance: instanceOf('acme:europe-west3:heliograph-database'), client, token };
  front = await instanceInFrontOf(store.database.applicationUrl);
});
afterEach(async () => {
  front.close();
  await admin[Symbol.asyncDispose]();
  await store.dispose();
});

/** An instance listens with TLS, lets in who has a certificate of its authority, and has a PostgreSQL behind it. */
async function instanceInFrontOf(databaseUrl: string, name = 'localhost'): Promise<Server> {
  came = [];
  const [servers, clients] = [makeAuthority('servers'), makeAuthority('clients')];
  const { certificate: cert, key } = servers.certify(name);
  const listener = createServer(
    { cert, key, ca: clients.certificate, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' },
    (secure) => {
      came.push(String(secure.getPeerCertificate().subject.CN));
      const { hostname, port } = new URL(databaseUrl);
      const near = connect(Number(port), hostname);
      for (const socket of [secure, near]) socket.on('error', () => near.destroy());
      secure.on('close', () => near.destroy());
      secure.pipe(near).pipe(secure);
    },
  );
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const certify = (publicKey: string) => clients.certifyKey('worker', publicKey);
  admin.authority = { dnsName: 'localhost', certificate: servers.certificate, certify };
  return listener;
}

const drill = (more: Partial<Parameters<typeof drillCloudSql>[0]> = {}) =>
  drillCloudSql({
    ...{ cloudSql, databaseUrl: store.database.applicationUrl, program: PROGRAM },
    port: (front.address() as AddressInfo).port,
    patience: { pollMs: 1 },
    ...more,
  });
const faultsOf = ({ checks }: Awaited<ReturnType<typeof drill>>) => checks.filter(({ fault }) => fault !== null);
const addSource = (id: string) =>
  store.owner.query(
    `insert into source (source_id, feed, provenance, licence, timeframe) values ($1, 'x', 'REPLAY', 'none', '1m')`,
    [id],
  );

it('makes an instance of what is kept, finds in it what the database in use has, asks it, and takes it away', {
  timeout: 120_000,
}, async () => {
  await addSource('first');
  const phases: string[] = [];
  const result = await drill({ onPhase: (phase) => phases.push(phase) });
  expect(faultsOf(result)).toEqual([]);
  expect(result).toMatchObject({ scenario: 'cloudsql', ok: true, rpo: 0 });
  expect(result.backup).toBe(`heliograph-database at ${admin.latestRecovery}`);
  expect(result.tables.find(({ table }) => table === 'source')).toMatchObject({ expected: 1, found: 1 });
  expect(result.rto).toBeGreaterThan(0);
  expect(phases).toEqual(['clone', 'connect', 'check', 'smoke', 'remove']);
  expect(admin.others.size).toBe(0);
  expect(new Set(came)).toEqual(new Set(['worker']));
});

it('waits until the log has what was counted, and shows how far it was behind', { timeout: 120_000 }, async () => {
  const behind = new Date(Date.now() - 90_000).toISOString();
  admin.latestRecovery = behind;
  const client = { ...cloudSql.client, ask: cloudSql.client.ask.bind(cloudSql.client) } as SqlAdminClient;
  let asked = 0;
  client.ask = (path, what) => {
    asked += path.endsWith('getLatestRecoveryTime') ? 1 : 0;
    if (asked === 4) admin.latestRecovery = new Date(Date.now() + 60_000).toISOString();
    return cloudSql.client.ask(path, what);
  };
  const result = await drill({ cloudSql: { ...cloudSql, client } });
  expect(faultsOf(result)).toEqual([]);
  expect(result.rpo).toBeGreaterThanOrEqual(90);
  expect(asked).toBe(4);
});

it('finds rows that are gone, and takes the instance away all the same', { timeout: 120_000 }, async () => {
  await addSource('first');
  const gone: Promise<unknown>[] = [];
  admin.onCloned = () => gone.push(store.owner.query('delete from source'));
  const result = await drill();
  await Promise.all(gone);
  expect(result.ok).toBe(false);
  expect(faultsOf(result).map(({ fault }) => fault)).toContain('source has 0 rows, expected at least 1');
  expect(admin.others.size).toBe(0);
});

it('makes no instance where no moment can be recovered', async () => {
  admin.latestRecovery = null;
  const result = await drill();
  expect(result).toMatchObject({ ok: false, rto: null, rpo: null });
  expect(faultsOf(result)).toEqual([
    { name: 'log', fault: 'heliograph-database cannot be recovered to a moment: it keeps no log' },
  ]);
  expect(admin.asked.filter((one) => !one.startsWith('GET'))).toEqual([]);
});

it('fails with what Cloud SQL says when an instance cannot be made, or not be taken away', async () => {
  admin.failures.set('CLONE', 'there is no machine for it');
  const notMade = await drill();
  expect(faultsOf(notMade)).toMatchObject([{ name: 'clone', fault: expect.stringContaining('there is no machine') }]);
  expect(admin.others.size).toBe(0);

  admin.authority = null;
  admin.failures.clear();
  admin.failures.set('DELETE', 'somebody reads from it');
  const kept = await drill();
  expect(faultsOf(kept).map(({ name }) => name)).toEqual(['connect', 'remove']);
  expect(kept.ok).toBe(false);
});

it('does not speak to who only says that he is the instance', async () => {
  front.close();
  front = await instanceInFrontOf(store.database.applicationUrl, 'somebody.example');
  const stop = new AbortController();
  const result = await drill({
    patience: { pollMs: 20, signal: stop.signal },
    onPhase: (phase) => phase === 'connect' && setTimeout(() => stop.abort(), 2_000),
  });
  expect(faultsOf(result).map(({ name }) => name)).toEqual(['connect']);
  expect(admin.others.size).toBe(0);
});
