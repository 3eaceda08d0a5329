import { beforeAll, describe, expect, it } from 'vitest';
import { createMetrics } from '../../backend/metrics/registry.ts';
import type { Role } from '../../backend/roles.ts';
import { redisProgram } from '../../backend/testing/redis.ts';
import { absent, breaches, unmoved } from './contract.ts';
import { liveThroughEverything, type Shown } from './deployment.ts';
import { readPage } from './exposition.ts';

const started = ['all', 'api', 'pipeline', 'worker', 'synthetic'] as const;

/** Waits for processes, on a machine that may be busy. */
const PATIENCE_MS = 620_000;

/** Families that have no sample in a role, because of what this process of it was given. */
const notHere: Partial<Record<Role, readonly RegExp[]>> = {
  // Backups in a folder, which can lock nothing.
  all: [/^market_data_api_/, /^backup_objects(_locked)?$/],
  // No BACKUP_DIR.
  pipeline: [/^(backup|restore_drill)_/],
  // Planned where the files of the server are.
  worker: [/^restore_drill_interval_seconds$/, /^backup_objects(_locked)?$/],
};

/** What need not count anything here: overload, a connection that goes deaf without breaking, signals that are not of now, broken promises. */
const mayRest = [
  'load_shed_total',
  'wake_up_deaf_total',
  'synthetic_delivery_latency_seconds',
  'synthetic_faults_total',
  'synthetic_reconnects_total',
];

describe.runIf(process.platform === 'linux')('after everything was used and everything has been broken', () => {
  let shown: readonly Shown[];
  beforeAll(async () => {
    shown = await liveThroughEverything();
  }, PATIENCE_MS);

  it.each(started)('role %s shows what the catalogue declares and nothing else', (role) => {
    const { first, last } = pagesOf(role);
    expect(breaches(first, role)).toEqual([]);
    expect(breaches(last, role)).toEqual([]);
  });

  it.each(started)('role %s has a sample of every family that it is to have', (role) => {
    const withoutRedis = redisProgram() === null ? [/^redis_up$/] : [];
    const excused = [...(notHere[role] ?? []), ...withoutRedis];
    const missing = absent(pagesOf(role).last, role);
    expect(missing.filter((name) => !excused.some((pattern) => pattern.test(name)))).toEqual([]);
  });

  it('every family that counts has counted something', () => {
    const still = unmoved(shown.map(({ last }) => last));
    const ofRedis = redisProgram() === null ? /^(redis_|wake_up_messages_total$)/ : /^$/;
    expect(still.filter((name) => !ofRedis.test(name) && !mayRest.includes(name))).toEqual([]);
  });

  function pagesOf(role: Role): Shown {
    const found = shown.find((one) => one.role === role);
    if (found === undefined) throw new Error(`role ${role} was not started`);
    return found;
  }
});

describe('what is held against the catalogue', () => {
  /** What a process shows that has done nothing, with something changed. */
  async function changed(pattern: RegExp | string, by: string, role: Role = 'all'): Promise<string[]> {
    const page = await createMetrics({ withProcess: true }).render();
    const other = page.replace(pattern, by);
    if (pattern !== '' && other === page) throw new Error(`${pattern} is not on the page`);
    return breaches(readPage(other), role);
  }
  const HEAD = '# HELP event_log_appends_total';

  it.runIf(process.platform === 'linux')('holds where nothing is changed', async () => {
    expect(await changed('', '')).toEqual([]);
  });

  it.each([
    [
      'a family that nobody declared',
      HEAD,
      '# HELP my_total Mine.\n# TYPE my_total counter\nmy_total 1\n# HELP event_log_appends_total',
      'my_total is shown and not declared',
    ],
    [
      'one that is gone',
      /# HELP event_log_appends_total .*\n# TYPE .*\nevent_log_appends_total 0\n/,
      '',
      'event_log_appends_total is declared and not shown',
    ],
    [
      'another type',
      '# TYPE event_log_appends_total counter',
      '# TYPE event_log_appends_total gauge',
      'event_log_appends_total is shown as a gauge, declared as a counter',
    ],
    ['another help', /(# HELP db_pool_max ).*/, '$1Something.', 'db_pool_max is shown with the help "Something."'],
    [
      'a label more',
      'event_log_appends_total 0',
      'event_log_appends_total{model="a"} 0',
      'event_log_appends_total has the labels model, declared are none',
    ],
    [
      'a value that is not listed',
      'db_pool_max{pool="work"} 0',
      'db_pool_max{pool="play"} 0',
      'db_pool_max has pool="play", which is not listed',
    ],
    [
      'a value that did not start at zero',
      'db_errors_total{class="timeout"} 0\n',
      '',
      'db_errors_total has no {"class":"timeout"} from the start',
    ],
    [
      'another bucket',
      'graphql_query_cost_bucket{le="10",transport="sse"}',
      'graphql_query_cost_bucket{le="11",transport="sse"}',
      'graphql_query_cost has other buckets than declared at {"transport":"sse"}',
    ],
    [
      'a counter below zero',
      'event_log_appends_total 0',
      'event_log_appends_total -1',
      'event_log_appends_total is -1, a counter is not',
    ],
    [
      'a label of the library more',
      /^nodejs_heap_size_total_bytes /m,
      'nodejs_heap_size_total_bytes{space="new"} ',
      'nodejs_heap_size_total_bytes has the labels space, declared are none',
    ],
  ])('notices %s', async (_, pattern, by, fault) => {
    expect(await changed(pattern, by)).toContain(fault);
  });

  it('notices more series and values than are estimated', async () => {
    const more = Array.from({ length: 5 }, (_, index) => `market_open{market="M${index}"} 1\n`).join('');
    const faults = await changed(/(# TYPE market_open gauge\n)/, `$1${more}`);
    expect(faults).toContain('market_open has 5 series, at most 4 are estimated');
    expect(faults).toContain('market_open has 5 values of market, at most 4 are estimated');
  });

  it('notices a role that says what only another one can know', async () => {
    expect(await changed('event_log_appends_total 0', 'event_log_appends_total 1', 'api')).toContain(
      'event_log_appends_total says something in role api, declared are pipeline, all',
    );
    expect(await changed('event_log_appends_total 0', 'event_log_appends_total 1', 'pipeline')).toEqual([]);
  });

  it.each([
    [
      'a line of no format',
      'event_log_appends_total zero point',
      '"event_log_appends_total zero point" is no line of the format',
    ],
    [
      'a sample without its family',
      'event_log_lost_total 1',
      '"event_log_lost_total 1" is of no family that was declared before it',
    ],
    [
      'a sample twice',
      'event_log_appends_total 0\nevent_log_appends_total 0',
      '"event_log_appends_total 0" comes twice',
    ],
  ])('refuses to read %s', async (_, by, message) => {
    await expect(changed(/^event_log_appends_total 0$/m, by)).rejects.toThrow(message);
  });
});
