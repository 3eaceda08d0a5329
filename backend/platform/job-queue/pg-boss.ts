import { createHash } from 'node:crypto';
import { type Job, PgBoss } from 'pg-boss';
import type { JobName, JobSpec } from '../../jobs.ts';
import type { Queryable } from '../database/pool.ts';
import type { Logger } from '../telemetry/logger.ts';
import { type JobData, type JobHandler, type JobQueue, type JobRun, LostJob, type QueueState } from './job-queue.ts';
import { JOB_SCHEMA } from './schema.ts';

export type PgBossOptions = {
  /** The database as the service's role. */
  readonly url: string;
  /** For looks at the state of the queues. */
  readonly database: Queryable;
  readonly log: Logger;
  /** How often it is looked for something to do, and for runs that were given up; seconds. */
  readonly pollSeconds?: number;
  readonly watchSeconds?: number;
};

const CONNECTIONS = 2;
const DAY = 86_400;
/** A process that says nothing for so long has lost its jobs. */
const HEARTBEAT_SECONDS = 30;
/** Longer than any pause between two occurrences, weekends and holidays included: what was done is remembered, and added only once. */
const REMEMBER_SECONDS = 14 * DAY;
const STOP_MS = 10_000;

/** A job queue whose only truth is PostgreSQL. The tables must have been installed by the migrator (`installJobQueue`). */
export async function openPgBossQueue(options: PgBossOptions): Promise<JobQueue> {
  const { url, log, watchSeconds = 15 } = options;
  const boss = new PgBoss({
    connectionString: url,
    application_name: 'heliograph-jobs',
    max: CONNECTIONS,
    connectionTimeoutMillis: 5_000,
    options: '-c statement_timeout=30000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=10000',
    schema: JOB_SCHEMA,
    migrate: false,
    createSchema: false,
    // Both need the owner of the tables. A few thousand rows want neither.
    reindex: false,
    monitorVacuum: false,
    superviseIntervalSeconds: watchSeconds,
    monitorIntervalSeconds: watchSeconds,
  });
  boss.on('error', (error) => log.warn('the job queue had a failure and goes on', { error }));
  boss.on('warning', ({ message, data }) => log.warn('the job queue warns', { warning: message, data }));
  await boss.start();
  return new PgBossQueue(boss, options);
}

class PgBossQueue implements JobQueue {
  readonly #boss: PgBoss;
  readonly #options: PgBossOptions;
  readonly #worked: JobName[] = [];
  readonly #stopping = new AbortController();

  constructor(boss: PgBoss, options: PgBossOptions) {
    this.#boss = boss;
    this.#options = options;
  }

  async work(name: JobName, spec: JobSpec, handler: JobHandler): Promise<void> {
    const queue = queueOptions(spec);
    // Made once; a later version of the program may say something else about it.
    await this.#boss.createQueue(name, { ...queue, policy: 'standard' });
    await this.#boss.updateQueue(name, queue);
    if ('cron' in spec.trigger) await this.#boss.schedule(name, spec.trigger.cron, {}, { tz: 'UTC', missed: 'once' });
    else await this.#boss.unschedule(name);
    await this.#boss.work<JobData>(name, { pollingIntervalSeconds: this.#options.pollSeconds ?? 5 }, async (jobs) => {
      for (const job of jobs) await this.#run(job, handler);
    });
    this.#worked.push(name);
  }

  async add(name: JobName, slot: string, data: JobData): Promise<void> {
    await this.#boss.send(name, data, { id: idOf(name, slot) });
  }

  async states(): Promise<readonly QueueState[]> {
    const { rows } = await this.#options.database.query<QueueState>(
      `select queue, count(*) filter (where due)::integer as depth,
              coalesce(extract(epoch from now() - min(start_after) filter (where due)), 0)::float8 as "oldestSeconds",
              max(completed_on) filter (where state = 'completed') as "lastSuccess"
         from unnest($1::text[]) queue
         left join lateral (
           select j.*, j.state < 'active' and j.start_after <= now() as due from ${JOB_SCHEMA}.job j where j.name = queue) job on true
        group by queue order by queue`,
      [this.#worked],
    );
    return rows;
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the process stops'));
    await this.#boss.stop({ graceful: true, timeout: STOP_MS });
  }

  async #run(job: Job<JobData>, handler: JobHandler): Promise<void> {
    const run: JobRun = {
      id: job.id,
      attempt: job.retryCount + 1,
      data: job.data ?? {},
      signal: AbortSignal.any([job.signal, this.#stopping.signal]),
      fence: (connection) => fence(connection, job),
    };
    await handler(run);
  }
}

function queueOptions({ timeLimitSeconds, retries }: JobSpec) {
  return {
    expireInSeconds: timeLimitSeconds,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    retryLimit: retries.limit,
    retryDelay: retries.delaySeconds,
    retryBackoff: true,
    retryDelayMax: retries.mostSeconds,
    retentionSeconds: REMEMBER_SECONDS,
    deleteAfterSeconds: REMEMBER_SECONDS,
  };
}

/** Whoever gives up an attempt writes its row, so a lock on it holds that back until the effect is committed. */
async function fence(connection: Queryable, { name, id, retryCount }: Job<JobData>): Promise<void> {
  const { rowCount } = await connection.query(
    `select from ${JOB_SCHEMA}.job where name = $1 and id = $2 and state = 'active' and retry_count = $3 for update`,
    [name, id, retryCount],
  );
  if (rowCount === 0) throw new LostJob(name, id, retryCount + 1);
}

/** A UUID (version 8: of a form of one's own) that every process makes of the same job and slot. */
function idOf(name: string, slot: string): string {
  const hex = createHash('sha256').update(`${name} ${slot}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
