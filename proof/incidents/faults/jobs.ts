import pg from 'pg';
import type { MarketIncident } from '../incident.ts';
import type { Stage } from '../stage/stage.ts';

const ATTEMPTS = 20;
let holder: pg.Client | null = null;

export const jobIncidents: readonly MarketIncident[] = [
  {
    name: 'stuck job',
    what: 'a job that was due ten minutes ago, held by a session that hangs',
    day: 'whole',
    when: 'in session',
    fires: ['QueueBacklog'],
    minutes: 3,
    inject: holdJob,
    drill: 'QueueBacklog',
    leave: async () => {
      await holder?.end();
      holder = null;
    },
  },
];

/** Nobody can take a job whose row somebody has locked. */
async function holdJob({ service }: Stage): Promise<void> {
  const client = new pg.Client({ connectionString: service.env['DATABASE_URL'] });
  // It is ended from outside.
  client.on('error', () => undefined);
  await client.connect();
  await client.query('set idle_in_transaction_session_timeout = 0');
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { rows } = await client.query<{ id: string }>(
      "insert into pgboss.job (name, start_after) values ('partitions', now() - interval '10 minutes') returning id",
    );
    await client.query('begin');
    const held = await client.query(
      "select 1 from pgboss.job where name = 'partitions' and id = $1 and state < 'active' for update skip locked",
      [rows[0]?.id],
    );
    holder = client;
    if (held.rowCount === 1) return;
    // A worker was quicker.
    await client.query('rollback');
  }
  throw new Error(`the workers took each of ${ATTEMPTS} jobs before it could be held`);
}
