import { execFile } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { namespaces } from '../../infra/names.ts';
import type { Page } from '../page/page.ts';
import type { Bundle } from './bundle.ts';

const root = join(import.meta.dirname, '../..');
const PATIENCE_MS = 15_000;
const POINTS = 120;
const LOG_BYTES = 4 * 1024 * 1024;

/** A Prometheus, and the token that it wants. */
export type Prometheus = { readonly address: string; readonly token: string | undefined };
export type Span = { readonly from: number; readonly until: number };

/** What the queries of the page give now, and gave over the span; what fires, what is scraped, which version runs. */
export async function fromPrometheus(bundle: Bundle, prometheus: Prometheus, page: Page, span: Span): Promise<void> {
  const queries = page.blocks.filter(({ kind }) => kind === 'promql').flatMap(({ text }) => text.split('\n'));
  for (const [index, query] of [...new Set(queries)].entries())
    await bundle.keep(`queries/${String(index + 1).padStart(2, '0')}.json`, `the query ${query}`, async () => ({
      query,
      now: await asked(prometheus, 'query', { query, time: String(span.until / 1_000) }),
      span: await asked(prometheus, 'query_range', {
        query,
        start: String(span.from / 1_000),
        end: String(span.until / 1_000),
        step: String(Math.max(1, Math.ceil((span.until - span.from) / 1_000 / POINTS))),
      }),
    }));
  const versions = { build: 'build_info', settings: 'config_info', model: 'model_version_info' };
  await bundle.keep('versions.json', 'versions that run', async () =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(versions).map(async ([name, query]) => [name, await asked(prometheus, 'query', { query })]),
      ),
    ),
  );
  await bundle.keep('alerts.json', 'alerts that fire', () => asked(prometheus, 'alerts'));
  await bundle.keep('targets.json', 'what is scraped', () => asked(prometheus, 'targets', { state: 'active' }));
}

async function asked(
  { address, token }: Prometheus,
  what: string,
  parameters: Record<string, string> = {},
): Promise<unknown> {
  const url = `${address.replace(/\/$/, '')}/api/v1/${what}?${new URLSearchParams(parameters)}`;
  const response = await fetch(url, {
    headers: token ? { authorization: `Bearer ${token}` } : {},
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${address} answered ${response.status}: ${text.slice(0, 200)}`);
  return (JSON.parse(text) as { data: unknown }).data;
}

/** What a process says of itself on its internal port. */
export async function fromService(bundle: Bundle, address: string): Promise<void> {
  const read = (path: string) => async (): Promise<string> => {
    const response = await fetch(`${address.replace(/\/$/, '')}${path}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    // A process that is not well says so with 503.
    return response.text();
  };
  await bundle.keep('service/metrics.txt', 'metrics of the service', read('/metrics'));
  await bundle.keep('service/health.json', 'health of the service', read('/health/detailed'));
}

/** Names of files, what they hold, and how the database is asked for it. `$1` is when the span begins. */
export const statements = {
  events: `select stream, epoch, seq, kind, occurred_at, recorded_at, encode(hash, 'hex') as hash from event_log where recorded_at >= $1 order by recorded_at desc limit 500`,
  heads: 'select stream, epoch, last_seq, $1::timestamptz as since from stream_head order by stream',
  jobs: `select name, state, retry_count, created_on, started_on, completed_on, output from pgboss.job where coalesce(completed_on, started_on, created_on) >= $1 order by created_on desc limit 500`,
  backups_and_drills:
    'select kind, target, started_at, finished_at, ok, detail from dr_run where started_at >= $1 or ok is null or not ok order by started_at desc limit 100',
  engine:
    'select p.shard, p.ingest_seq, s.last_ingest_seq, $1::timestamptz as since from engine_position p join ingest_shard s using (shard)',
  bars: 'select * from ingest_batch where recorded_at >= $1 order by recorded_at desc limit 200',
  models:
    'select name, version, sha256, recorded_at, $1::timestamptz as since from model_version order by recorded_at desc limit 20',
  migrations: 'select name, applied_at, $1::timestamptz as since from schema_migration order by name desc limit 20',
  // Without what they ask: parameters of others may stand in it.
  connections: `select application_name, state, wait_event_type, wait_event, count(*)::int as connections, max(now() - xact_start)::text as longest_transaction, $1::timestamptz as since from pg_stat_activity where datname = current_database() group by 1, 2, 3, 4 order by 1, 2`,
  server: `select version(), pg_size_pretty(pg_database_size(current_database())) as size, pg_is_in_recovery() as standby, pg_postmaster_start_time() as started, $1::timestamptz as since`,
} as const;

/** Each statement in a transaction that may only read: one that fails leaves the others. */
export async function fromDatabase(bundle: Bundle, address: string, { from }: Span): Promise<void> {
  const client = new Client({
    connectionString: address,
    statement_timeout: PATIENCE_MS,
    connectionTimeoutMillis: PATIENCE_MS,
    application_name: 'heliograph-on-call',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    bundle.lack('what the database has', error instanceof Error ? error.message : String(error));
    return;
  }
  try {
    for (const [name, statement] of Object.entries(statements))
      await bundle.keep(`database/${name}.json`, `${name.replaceAll('_', ' ')} of the database`, async () => {
        await client.query('begin read only');
        try {
          return (await client.query(statement, [new Date(from)])).rows;
        } finally {
          await client.query('rollback');
        }
      });
  } finally {
    await client.end();
  }
}

/** The end of each file. */
export async function fromLogs(bundle: Bundle, paths: readonly string[]): Promise<void> {
  for (const [index, path] of paths.entries())
    await bundle.keep(`logs/${index + 1}.log`, `the log ${path}`, async () => withoutKeys(await endOf(path)));
}

async function endOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const length = Math.min(size, LOG_BYTES);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const text = buffer.toString('utf8');
    return length < size ? text.slice(text.indexOf('\n') + 1) : text;
  } finally {
    await file.close();
  }
}

/** The service keeps secrets out of its log; what others have written into it may hold some. */
export function withoutKeys(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@]+@/gi, '$1...@')
    .replace(/\bhg_\w+/g, 'hg_...')
    .replace(/\b(Bearer|Basic) +[\w.~+/=-]+/gi, '$1 ...')
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, 'eyJ...');
}

/** What the cluster knows, by kubectl. No environment of a container is asked for, and no Secret. */
const clusterQuestions = {
  'pods.txt': ['get', 'pods', '--output', 'wide'],
  'deployments.txt': ['get', 'deployments,statefulsets,jobs,cronjobs,hpa,pdb', '--output', 'wide'],
  'events.txt': ['get', 'events', '--sort-by=.lastTimestamp'],
} as const;

export async function fromCluster(bundle: Bundle, roles: readonly string[], { from, until }: Span): Promise<void> {
  const ask = (args: readonly string[]) => async (): Promise<string> => {
    const options = { timeout: 2 * PATIENCE_MS, maxBuffer: 64 * 1024 * 1024 };
    return withoutKeys(
      (await promisify(execFile)('kubectl', ['--namespace', namespaces.service, ...args], options)).stdout,
    );
  };
  for (const [file, args] of Object.entries(clusterQuestions))
    await bundle.keep(`cluster/${file}`, `kubectl ${args.join(' ')}`, ask(args));
  const since = `--since=${Math.ceil((until - from) / 1_000)}s`;
  for (const role of roles)
    await bundle.keep(
      `cluster/${role}.log`,
      `the log of role ${role}`,
      ask([
        'logs',
        '--selector',
        `app.kubernetes.io/component=${role}`,
        '--container',
        role,
        '--prefix',
        '--tail=20000',
        since,
      ]),
    );
}

/** Which version this is, and which settings this shell has: of those that are secrets only whether they are set. */
export async function fromHere(bundle: Bundle, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  await bundle.keep('here.json', 'version and settings of this shell', async () => {
    const { name, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<string, string>;
    const commit = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: root }).then(
      ({ stdout }) => stdout.trim(),
      () => 'not known',
    );
    const settings = settingsIn(await readFile(join(root, 'docs/settings.md'), 'utf8'));
    const shown = [...settings].flatMap(([key, secret]) => {
      const value = env[key];
      if (value === undefined) return [];
      return [[key, secret ? 'set, and a secret' : withoutKeys(value)]];
    });
    return { name, version, commit, settings: Object.fromEntries(shown) };
  });
}

/** Every setting that is documented, and whether it is a secret. */
export function settingsIn(page: string): ReadonlyMap<string, boolean> {
  return new Map(
    [...page.matchAll(/^\| `([A-Z][A-Z0-9_]+)` \| ([^|]*) \|/gm)].map(([, name = '', value = '']) => [
      name,
      value.includes('(secret)'),
    ]),
  );
}
