import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { variables } from '../../backend/settings.ts';
import { openTestStore, type TestStore } from '../../backend/testing/database.ts';
import { freePort } from '../../backend/testing/ports.ts';
import { main as incident } from '../incidents/run.ts';
import type { Manifest } from './bundle.ts';
import { main } from './run.ts';
import { settingsIn, statements, withoutKeys } from './sources.ts';

const root = join(import.meta.dirname, '../..');

let store: TestStore;
let folder: string;
beforeAll(async () => {
  store = await openTestStore('evidence');
  folder = await mkdtemp(join(tmpdir(), 'evidence-'));
});
afterAll(async () => {
  await store.dispose();
  await rm(folder, { recursive: true });
});
let now = Date.now();
beforeEach(() => {
  now += 1_000;
});

async function say(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const lines: string[] = [];
  const code = await main(args, { INCIDENT_DIR: join(folder, 'incidents'), ...env }, now, (line) => lines.push(line));
  return { code, lines, text: lines.join('\n') };
}

/** Gathers, and reads back what was gathered. */
async function gathered(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const said = await say([...args, '--to', folder], env);
  const place = /manifest.json in (.*)$/.exec(said.text)?.[1] ?? '';
  const read = (path: string): Promise<string> => readFile(join(place, path), 'utf8');
  return { ...said, place, read, manifest: JSON.parse(await read('manifest.json')) as Manifest };
}

describe('npm run evidence', () => {
  it('asks a real database everything it wants to know, and only reads', async () => {
    await store.owner.query(
      `insert into dr_run (kind, target, finished_at, ok, detail) values ('full', 'folder', clock_timestamp(), false, '{"error":"no room"}')`,
    );
    const { code, manifest, read } = await gathered(['DatabaseDown'], { DATABASE_URL: store.database.applicationUrl });
    expect(code).toBe(0);
    const files = manifest.files.map(({ path }) => path);
    const ofDatabase = Object.keys(statements).map((name) => `database/${name}.json`);
    // The schema of jobs is made by the service when it first starts.
    const known = await store.owner.query(`select to_regclass('pgboss.job') is not null as there`);
    const withoutJobs = known.rows[0]?.there === true ? [] : ['database/jobs.json'];
    expect(ofDatabase.filter((path) => !files.includes(path))).toEqual(withoutJobs);
    expect(JSON.parse(await read('database/backups_and_drills.json'))).toMatchObject([
      { kind: 'full', ok: false, detail: '{"error":"no room"}' },
    ]);
    expect(JSON.parse(await read('database/server.json'))[0].version).toContain('PostgreSQL');
  });

  it('says what it could not get, and why', async () => {
    const { code, manifest, text } = await gathered(
      ['ApiDown', '--service', 'http://127.0.0.1:1', '--log', join(folder, 'no.log')],
      {
        DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
        PROMETHEUS_URL: 'http://127.0.0.1:1',
      },
    );
    expect(code).toBe(1);
    expect(manifest.files.map(({ path }) => path)).toEqual(['here.json']);
    const why = Object.fromEntries(manifest.missing.map((one) => [one.what, one.why]));
    expect(why['metrics of the service']).toMatch(/fetch failed|bad port/);
    expect(why['what the database has']).toContain('ECONNREFUSED');
    expect(why[`the log ${join(folder, 'no.log')}`]).toContain('ENOENT');
    expect(why['alerts that fire']).toMatch(/fetch failed|bad port/);
    expect(why['what the cluster knows']).toBe('no --cluster');
    expect(text).toContain('not gathered: what the database has: ');
  });

  it('takes what the service says of itself, and the end of a log without what opens doors', async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/metrics' ? 200 : 503;
      response.end(request.url === '/metrics' ? 'signals_due_total 7\n' : '{"status":"unhealthy"}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const log = join(folder, 'service.log');
    await writeFile(log, 'to postgres://ana:secret@host/db\nAuthorization: Bearer abc.def\nkey hg_12345\n');
    const { manifest, read } = await gathered([
      'ApiDown',
      '--service',
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      '--log',
      log,
    ]);
    expect(await read('service/metrics.txt')).toBe('signals_due_total 7\n');
    expect(await read('service/health.json')).toBe('{"status":"unhealthy"}');
    expect(await read('logs/1.log')).toBe('to postgres://ana:...@host/db\nAuthorization: Bearer ...\nkey hg_...\n');
    expect(manifest.files.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256))).toBe(true);
  });

  it('knows afterwards whether somebody has changed a file', async () => {
    const { place } = await gathered(['ApiDown']);
    expect(await say(['--verify', place])).toMatchObject({ code: 0, text: 'all files are what was gathered' });
    await appendFile(join(place, 'here.json'), ' ');
    expect(await say(['--verify', place])).toMatchObject({
      code: 1,
      lines: ['here.json is not what was collected', '1 files are not what was gathered'],
    });
    await rm(join(place, 'here.json'));
    expect((await say(['--verify', place])).lines[0]).toBe('here.json is missing');
    expect(await say(['--verify', folder])).toMatchObject({
      code: 1,
      text: expect.stringContaining('is no manifest of evidence'),
    });
  });

  it('shows which settings there are, and of a secret no more than that', async () => {
    const { read } = await gathered(['ApiDown'], { FEED: 'coinbase', CURSOR_SECRET: 'known to nobody', PATH: '/bin' });
    expect(JSON.parse(await read('here.json'))).toMatchObject({
      name: 'heliograph',
      settings: { FEED: 'coinbase', CURSOR_SECRET: 'set, and a secret' },
    });
    expect(await read('here.json')).not.toMatch(/known to nobody|\/bin/);
  });

  it('writes into the timeline of an incident where it is', async () => {
    const env = { INCIDENT_DIR: join(folder, 'incidents') };
    const quiet = () => undefined;
    expect(await incident(['open', '--alert', 'ApiDown', '--title', 'Down'], env, now, quiet)).toBe(0);
    const id = new Date(now).toISOString().slice(0, 10).replaceAll('-', '');
    const { place } = await gathered(['ApiDown', '--incident', id]);
    const lines: string[] = [];
    await incident(['postmortem', id], env, now, (line) => lines.push(line));
    expect(lines.join('\n')).toContain(`## Evidence\n\n- Evidence of ApiDown: 1 files in ${place}`);
  });

  it('takes nothing away of what was written into the incident while it gathered', async () => {
    const env = { INCIDENT_DIR: join(folder, 'meanwhile') };
    const tell = async (...args: string[]) => expect(await incident(args, env, now, () => undefined)).toBe(0);
    await tell('open', '--alert', 'ApiDown', '--title', 'Down');
    const id = new Date(now).toISOString().slice(0, 10).replaceAll('-', '');
    const server = createServer(async (request, response) => {
      if (request.url === '/metrics') {
        await tell('note', id, 'We have found the cause.', '--public');
        await tell('severity', id, 'SEV1', 'nobody gets anything');
        await tell('resolve', id, 'It answers.');
      }
      response.end('{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code } = await gathered(['ApiDown', '--incident', id, '--service', address], env);
    expect(code).toBe(0);
    const [file = ''] = (await readdir(join(folder, 'meanwhile'))).filter((name) => name.endsWith('.json'));
    const record = JSON.parse(await readFile(join(folder, 'meanwhile', file), 'utf8'));
    expect(record).toMatchObject({ severity: 'SEV1', resolvedAt: new Date(now).toISOString() });
    const kinds = record.timeline.map(({ kind }: { kind: string }) => kind);
    expect(kinds).toEqual(['opened', 'note', 'severity', 'resolved', 'evidence']);
  });

  it.each([
    [[], 'expected the name of one alert, given 0'],
    [['Nothing'], 'there is no alert "Nothing"'],
    [['ApiDown', '--hours', '0'], '--hours is "0", expected a whole number from 1 to 168'],
    [['ApiDown', '--incident', 'none'], 'there is no incident "none"'],
    [['ApiDown', '--what'], "Unknown option '--what'"],
  ] as const)('refuses %j', async (args, message) => {
    expect(await say(args)).toMatchObject({ code: 2, text: expect.stringContaining(message) });
  });

  it('tells how it is called', async () => {
    expect((await say(['--help'])).text).toContain('Usage: npm run --silent evidence -- ALERT');
  });
});

const isThere = spawnSync('prometheus', ['--version'], { stdio: 'ignore' }).status === 0;
if (!isThere) process.stdout.write('not run: prometheus is missing\n');

it.runIf(isThere)('asks a real Prometheus the queries of the page', { timeout: 180_000 }, async () => {
  const port = await freePort();
  const place = join(folder, 'prometheus');
  const config = join(folder, 'prometheus.yml');
  const target = {
    job_name: 'heliograph',
    scrape_interval: '1s',
    static_configs: [{ targets: [`127.0.0.1:${port}`], labels: { role: 'api' } }],
  };
  // JSON is YAML.
  await writeFile(config, JSON.stringify({ scrape_configs: [target] }));
  const child = spawn(
    'prometheus',
    [`--config.file=${config}`, `--storage.tsdb.path=${place}`, `--web.listen-address=127.0.0.1:${port}`],
    { stdio: 'ignore' },
  );
  onTestFinished(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  const address = `http://127.0.0.1:${port}`;
  const scraped = async (): Promise<boolean> => {
    const answer = await fetch(`${address}/api/v1/query?query=up`).then(
      (response) => response.text(),
      () => '',
    );
    return answer.includes('"role":"api"');
  };
  while (!(await scraped())) await sleep(200);

  now = Date.now();
  const { code, manifest, read } = await gathered(['ApiDown', '--prometheus', address]);
  expect(code).toBe(0);
  const first = JSON.parse(await read('queries/01.json'));
  expect(first).toMatchObject({ query: 'up{job="heliograph"}', now: { result: [{ metric: { role: 'api' } }] } });
  expect(first.span.result[0].values.length).toBeGreaterThan(0);
  expect(manifest.files.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['alerts.json', 'targets.json', 'versions.json']),
  );
  expect(manifest.missing.filter(({ what }) => what.startsWith('the query'))).toEqual([]);
});

describe('what is kept out', () => {
  it('every secret setting, as the documentation marks it', async () => {
    const known = settingsIn(await readFile(join(root, 'docs/settings.md'), 'utf8'));
    for (const [name, { secret }] of Object.entries(variables)) expect(known.get(name), name).toBe(secret === true);
  });

  it.each([
    ['rediss://:pass@host:6379', 'rediss://:...@host:6379'],
    ['basic dXNlcjpwYXNz', 'basic ...'],
    ['token eyJhbGciOi.eyJzdWIi.c2ln', 'token eyJ...'],
    ['an ordinary line', 'an ordinary line'],
  ])('%s becomes %s', (text, shown) => {
    expect(withoutKeys(text)).toBe(shown);
  });
});
