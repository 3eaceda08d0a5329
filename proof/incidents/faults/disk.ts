import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { MarketIncident } from '../incident.ts';
import { sizeIn } from '../stage/disk.ts';

/** Of the disk, written each turn, until so much is used. */
const PART = 0.006;
const MOST = 0.75;
const TURN_MS = 1_000;
/** What a job takes that says so many texts of 32 letters. */
const TEXTS = 250;
const JOB_BYTES = 8_192;
/** SQLSTATE of a session that was ended. */
const ADMIN_SHUTDOWN = '57P01';
const JOBS = `insert into pgboss.job (name, start_after, data)
  select 'partitions', now() + interval '1 year', to_jsonb(string_agg(md5(random()::text), ''))
    from generate_series(1, $1::integer * $2::integer) n group by n % $1::integer`;

export const diskIncidents: readonly MarketIncident[] = [
  {
    name: 'disk filling',
    what: 'a session plans jobs without end, of which each has much to say; the size of the database is measured and told as the cloud tells it',
    day: 'whole',
    when: 'in session',
    disk: true,
    fires: ['DatabaseDiskFullSoon', 'DatabaseDiskFillingUp'],
    minutes: 1,
    inject: ({ service, diskBytes }) => {
      writer = new AbortController();
      written = write(service.env['DATABASE_URL'] ?? '', diskBytes, writer.signal).then(
        () => null,
        (error: unknown) => error,
      );
    },
    drill: 'DatabaseDiskFullSoon',
    leave: async () => {
      writer.abort();
      const failure = await written;
      if (failure !== null && !isEnded(failure)) throw failure;
    },
  },
];

let writer = new AbortController();
let written: Promise<unknown> = Promise.resolve(null);

/** Whether it was ended from outside, as somebody on call does it: then it does not come back. */
function isEnded(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === ADMIN_SHUTDOWN;
}

async function write(url: string, disk: number, stop: AbortSignal): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  let lost: unknown = null;
  client.on('error', (error) => {
    lost ??= error;
  });
  await client.connect();
  try {
    const jobs = Math.ceil((PART * disk) / JOB_BYTES);
    for (; !stop.aborted; await sleep(TURN_MS, null, { signal: stop }).catch(() => null)) {
      if (lost !== null) throw lost;
      if ((await sizeIn(client)) < MOST * disk) await client.query(JOBS, [jobs, TEXTS]);
    }
  } finally {
    await client.end();
  }
}
