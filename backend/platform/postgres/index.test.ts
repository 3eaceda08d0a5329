import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from './index.ts';
import { adminUrl, query } from './test-tools.ts';
import { makeTestFolder } from './testing-server.ts';

describe('startEmbeddedPostgres', () => {
  let folder: string;
  let server: EmbeddedPostgres;
  const phases: string[] = [];

  const start = async (more: Partial<EmbeddedPostgresOptions> = {}) => {
    server = await startEmbeddedPostgres({ dataDirectory: folder, onPhase: (phase) => phases.push(phase), ...more });
  };

  beforeAll(async () => {
    folder = await makeTestFolder();
    await start();
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  it('makes a PostgreSQL 18 below the ports of outgoing connections, and tells its phases', () => {
    expect(server.version).toMatch(/^18\.\d+$/);
    expect(server.port).toBeGreaterThanOrEqual(25_432);
    expect(server.port).toBeLessThan(32_768);
    expect(phases).toEqual(['initdb', 'start', 'ready']);
  });

  it('syncs every commit to the disk, checks its pages and listens on this machine alone', async () => {
    const admin = adminUrl(folder, server.port);
    const shown = async (name: string) => (await query(admin, `show ${name}`)).rows[0][name];
    expect(await shown('fsync')).toBe('on');
    expect(await shown('synchronous_commit')).toBe('on');
    expect(await shown('full_page_writes')).toBe('on');
    expect(await shown('data_checksums')).toBe('on');
    expect(await shown('listen_addresses')).toBe('127.0.0.1');
    expect(await shown('unix_socket_directories')).toBe('');
    expect(await shown('server_encoding')).toBe('UTF8');
    expect(await shown('TimeZone')).toBe('UTC');
    expect(await shown('idle_in_transaction_session_timeout')).toBe('10s');
  });

  it('orders text by code point, whatever the machine speaks', async () => {
    const { rows } = await query(
      server.applicationUrl,
      `select string_agg(x, '' order by x) from unnest('{é,a,B,Z}'::text[]) x`,
    );
    expect(rows).toEqual([{ string_agg: 'BZaé' }]);
  });

  it('lets nobody in without the password, by any way that there is', async () => {
    const withPassword = (password: string) => Object.assign(new URL(server.ownerUrl), { password }).href;
    await expect(query(withPassword('wrong'), 'select 1')).rejects.toThrow('password authentication failed');
    await expect(query(withPassword(''), 'select 1')).rejects.toThrow(/password/);

    const admin = adminUrl(folder, server.port);
    const ways = await query(admin, 'select distinct auth_method from pg_hba_file_rules');
    expect(ways.rows).toEqual([{ auth_method: 'scram-sha-256' }]);
    const stored = await query(
      admin,
      `select distinct split_part(rolpassword, '$', 1) as kind from pg_authid where rolcanlogin`,
    );
    expect(stored.rows).toEqual([{ kind: 'SCRAM-SHA-256' }]);
  });

  it('keeps passwords from other users and out of the log', async () => {
    expect(statSync(join(folder, 'credentials.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'cluster')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'postgres.log')).mode & 0o777).toBe(0o600);
  });

  it('gives the application no right but to connect to its own database', async () => {
    await expect(query(server.applicationUrl, 'create table mine (x int)')).rejects.toThrow('permission denied');
    await expect(query(server.applicationUrl, 'create temporary table mine (x int)')).rejects.toThrow(
      'permission denied',
    );
    for (const name of ['postgres', 'template1']) {
      const elsewhere = Object.assign(new URL(server.applicationUrl), { pathname: `/${name}` }).href;
      await expect(query(elsewhere, 'select 1')).rejects.toThrow('permission denied');
    }
  });

  it('keeps data, port and passwords over a stop and a start, and takes settings', async () => {
    await query(server.ownerUrl, `create table kept (x int); insert into kept values (42)`);
    const { port, ownerUrl } = server;
    await server.stop();
    await server.stop();
    await expect(query(ownerUrl, 'select 1')).rejects.toThrow('ECONNREFUSED');

    phases.length = 0;
    await start({ settings: { work_mem: '7MB' } });

    expect(phases).toEqual(['start', 'ready']);
    expect(server.port).toBe(port);
    expect((await query(ownerUrl, 'select x from kept')).rows).toEqual([{ x: 42 }]);
    expect((await query(ownerUrl, 'show work_mem')).rows).toEqual([{ work_mem: '7MB' }]);
  });

  it('takes another port when its own is taken, unless that port was asked for', async () => {
    const { port } = server;
    await server.stop();
    const other = await listenOn(port);
    onTestFinished(() => void other.close());

    await expect(start({ port })).rejects.toThrow(
      `The database's port is "${port}", expected a free one: another program listens on 127.0.0.1:${port}.`,
    );
    await expect(start({ port: 80 })).rejects.toThrow(`The database's port is "80", expected a whole number from 1024`);

    await start();
    expect(server.port).not.toBe(port);
    expect((await query(server.ownerUrl, 'select x from kept')).rows).toEqual([{ x: 42 }]);
  });

  it('says what the server said when it does not start, and can be started after', async () => {
    await server.stop();
    await expect(start({ settings: { max_connections: 'many' } })).rejects.toMatchObject({
      code: 'DATABASE_START',
      message: expect.stringContaining('invalid value for parameter "max_connections": "many"'),
    });
    await start();
    expect((await query(server.ownerUrl, 'select x from kept')).rows).toEqual([{ x: 42 }]);
  });
});

function listenOn(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
