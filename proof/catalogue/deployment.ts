import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runningServer } from '../../backend/platform/postgres/running.ts';
import type { Role } from '../../backend/roles.ts';
import { inventMarket } from '../../backend/testing/market.ts';
import { redisProgram, TestRedis } from '../../backend/testing/redis.ts';
import { csvOf } from '../../backend/testing/service.ts';
import { makeBase } from '../common/folder.ts';
import { killPostmaster } from '../common/processes.ts';
import { FaultProxy } from '../common/proxy.ts';
import { until } from '../common/running.ts';
import { Scene } from '../common/scene.ts';
import type { Page } from './exposition.ts';
import { RoleProcess } from './process.ts';
import { useEverySurface } from './session.ts';
import { breakVenue, startVenue } from './venue.ts';

/** A quarter of all decisions pass, so that a short session has signals. */
const PUBLISHING = { SIGNAL_TOP_QUANTILE: '0.25', LOG_LEVEL: 'warn' } as const;
const LIMIT_MS = 600_000;

/** What a process showed before it had done anything, and when all was over. */
export type Shown = { readonly role: Role; readonly first: Page; readonly last: Page };

/**
 * The roles of the service, each in a process of its own, on one embedded PostgreSQL: uses everything that they offer, takes and drills
 * backups, breaks all that they depend on and waits until they are well again. Answers what each of them showed; all have ended then.
 */
export async function liveThroughEverything(): Promise<readonly Shown[]> {
  await using stack = new AsyncDisposableStack();
  const base = makeBase();
  stack.defer(() => rm(base, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));
  const scene = await Scene.open({ base, name: 'catalogue', signal: AbortSignal.timeout(LIMIT_MS) });
  stack.use(scene);
  const redis = redisProgram() === null ? null : stack.use(await TestRedis.start());
  const { venue, settings: venueSettings } = await startVenue();
  stack.defer(() => venue.close());
  const backups = join(base, 'backups');
  await mkdir(backups);
  const common = { ...PUBLISHING, ...(redis && { REDIS_URL: redis.url }) };

  // The one that has the database; it plays bars of a file.
  const all = await RoleProcess.start(scene, 'all', { ...common, BACKUP_DIR: backups }, [
    ...['--bars', await writeBars(base), '--speed', 'max'],
    ...['--data-dir', scene.data],
  ]);
  const database = runningServer(scene.data)?.applicationUrl ?? '';
  const way = stack.use(await FaultProxy.to(Number(new URL(database).port)));
  const throughWay = Object.assign(new URL(database), { port: String(way.port) }).href;
  const [api, pipeline] = await Promise.all([
    RoleProcess.start(scene, 'api', {
      ...common,
      ...{ DATABASE_URL: throughWay, QUERY_TIMEOUT_MS: '2000' },
      // How busy this machine is with other work is nothing that is looked at here.
      OVERLOAD_DELAY_MS: '10000',
    }),
    RoleProcess.start(scene, 'pipeline', { ...common, ...venueSettings, DATABASE_URL: database }),
    drilled(scene, backups),
  ]);
  // It looks at the backups when it starts, and then not for half a minute.
  const worker = await RoleProcess.start(scene, 'worker', { ...common, DATABASE_URL: database, BACKUP_DIR: backups });
  const synthetic = await RoleProcess.start(scene, 'synthetic', { LOG_LEVEL: 'warn', SYNTHETIC_URL: api.url });
  await Promise.all([useEverySurface(all), useEverySurface(api), breakVenue(venue, pipeline)]);
  await breakAll({ scene, all, api, pipeline, way, redis });
  await Promise.all([all, api].map(useEverySurface));
  // They look at backups and jobs now and then, and a model is trained before it says anything.
  await Promise.all([
    ...[all, worker].flatMap((one) => [
      one.shows('restore_drill_success'),
      one.shows('backup_latest_recovery_time_seconds'),
      one.shows('job_last_success_timestamp_seconds'),
    ]),
    pipeline.shows('signals_published_total'),
    pipeline.shows('event_log_head_seq'),
    synthetic.shows('synthetic_events_total'),
  ]);
  // Awaited here: what is returned unawaited is looked at when all of them have ended.
  return await Promise.all(
    [all, api, pipeline, worker, synthetic].map(async (one) => ({
      role: one.role,
      first: one.first,
      last: await one.page(),
    })),
  );
}

async function writeBars(folder: string): Promise<string> {
  const path = join(folder, 'bars.csv');
  const { source, history, live: newer } = await inventMarket({ historySessions: 5, liveSessions: 2 });
  // One line that is none.
  await writeFile(path, `${csvOf(source, [...history, ...newer])}SIMA,yesterday,1,1,1,1,1\n`);
  return path;
}

/** Takes a backup of each kind and has them restored. The service takes some by itself, and later than can be waited for where one failed. */
async function drilled(scene: Scene, backups: string): Promise<void> {
  const run = (...args: readonly string[]) => task(scene, args, backups);
  for (const kind of ['base', 'export', 'export-rest']) {
    const fault = await run('backup', kind);
    if (fault !== null) throw new Error(fault);
  }
  // Meanwhile the service has taken a base backup, too, whose log it would bring on the minute only; and how fast the restored service answers
  // is asked, which a machine that is busy with other tests may fail once.
  let fault: string | null = null;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    fault = (await run('backup', 'wal')) ?? (await run('restore-drill'));
    if (fault === null) return;
  }
  throw new Error(fault ?? '');
}

let tasks = 0;

/** Runs a task of the service to its end; answers what it said when it failed. */
async function task(scene: Scene, args: readonly string[], backups: string): Promise<string | null> {
  tasks += 1;
  const running = scene.service(`task-${tasks}`, args, { BACKUP_DIR: backups });
  const end = await running.ended(scene.signal);
  return end === 'exit code 0' ? null : `${args.join(' ')}: ${end}\n${running.output()}${running.errors()}`;
}

type Parts = {
  readonly scene: Scene;
  readonly all: RoleProcess;
  readonly api: RoleProcess;
  readonly pipeline: RoleProcess;
  readonly way: FaultProxy;
  readonly redis: TestRedis | null;
};

/** Redis hangs and dies, the way to the database hangs and breaks, the database dies; each comes back. */
async function breakAll({ scene, all, api, pipeline, way, redis }: Parts): Promise<void> {
  const question = (index: number) => ({ query: `{ instruments(first: ${index}) { nodes { id } } }` });
  way.up.blackhole = true;
  redis?.pause();
  await Promise.all([api.ask(question(41)), api.ask(question(42))]);
  way.up.blackhole = false;
  way.refusing = true;
  way.reset();
  redis?.resume();
  await redis?.kill();
  await Promise.all([api.ask(question(43)), all.ask(question(44))]);
  way.mend();
  await redis?.start();
  await killPostmaster(scene);
  const isWell = async () => (await Promise.all([all, api, pipeline].map((one) => one.isReady()))).every(Boolean);
  await until('all is well again', isWell, { signal: scene.signal, seconds: 300, everyMs: 200 });
}
