import { type Client, escapeIdentifier } from 'pg';
import { getConstructionPlans, getMigrationPlans } from 'pg-boss';
import packageJson from 'pg-boss/package.json' with { type: 'json' };
import { UserError } from '../errors.ts';

/** Where the job queue keeps its tables, beside ours. */
export const JOB_SCHEMA = 'pgboss';

/**
 * Brings the tables of pg-boss to the version that this program was built with, as their owner: the service's role makes no tables, and its
 * processes start with `migrate: false`, which refuses any other version.
 *
 * How pg-boss is upgraded: change its version in package.json; the next `migrate` runs what its own migrations say, in one transaction.
 * Processes of the version before go on with the changed tables until they are replaced (pg-boss checks the version only when it starts),
 * so its changelog has to be read for what that would break; a job that one of them drops on the way is retried by the others.
 */
export async function installJobQueue(client: Client): Promise<void> {
  const known = packageJson.pgboss.schema;
  const version = await installedVersion(client);
  if (version === null) await runPlan(client, getConstructionPlans(JOB_SCHEMA));
  else if (version < known) await runPlan(client, getMigrationPlans(JOB_SCHEMA, version));
  else if (version > known) {
    throw new UserError(
      'DATABASE_NEWER',
      `The job queue in the database has version ${version}, which this version of the program does not know (it knows ${known}), expected the same or a newer program`,
    );
  }
}

async function installedVersion(client: Client): Promise<number | null> {
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('${JOB_SCHEMA}.version') is not null as there`,
  );
  if (rows[0]?.there !== true) return null;
  const found = await client.query<{ version: number }>(`select version from ${JOB_SCHEMA}.version`);
  return found.rows[0]?.version ?? null;
}

/**
 * A plan is statements with their own begin and commit; one that fails leaves its transaction open, and nothing of it done. What a plan would
 * do after its commit, building indexes without locking the table, is drawn into its transaction: the table is small, and a migrator that is
 * killed in between would leave a version without its indexes for good.
 */
async function runPlan(client: Client, plan: string): Promise<void> {
  const commit = plan.lastIndexOf('COMMIT;');
  const indexes = plan.slice(commit + 'COMMIT;'.length).replaceAll('CREATE INDEX CONCURRENTLY', 'CREATE INDEX');
  try {
    await client.query(`${plan.slice(0, commit)}${indexes}\nCOMMIT;`);
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** What the service's role may do there: rows of its queues, schedules and jobs, and nothing that makes or drops a table. */
export function jobQueueGrants(role: string): string {
  const to = escapeIdentifier(role);
  return `
    grant usage on schema ${JOB_SCHEMA} to ${to};
    revoke all on all tables in schema ${JOB_SCHEMA} from ${to};
    revoke all on all functions in schema ${JOB_SCHEMA} from public, ${to};
    grant select on all tables in schema ${JOB_SCHEMA} to ${to};
    grant insert, update, delete on ${JOB_SCHEMA}.job, ${JOB_SCHEMA}.job_common, ${JOB_SCHEMA}.schedule to ${to};
    grant insert, update on ${JOB_SCHEMA}.queue to ${to};
    grant delete on ${JOB_SCHEMA}.job_dependency to ${to};
    grant update on ${JOB_SCHEMA}.version to ${to};
    grant execute on function ${JOB_SCHEMA}.create_queue(text, jsonb), ${JOB_SCHEMA}.job_now() to ${to};
  `;
}
