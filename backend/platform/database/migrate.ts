import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { UserError } from '../errors.ts';
import { installJobQueue, jobQueueGrants } from '../job-queue/schema.ts';
import { isConnectionError } from './pool.ts';

const DIRECTORY = join(import.meta.dirname, '../../migrations');
// Any constant does, as long as every migrator of this product asks for the same lock.
const LOCK_KEY = 4_842_001;

export type MigrationResult = { readonly applied: readonly string[]; readonly current: string };

export type MigrateOptions = {
  /** Connection of the role that owns the schema. */
  readonly ownerUrl: string;
  /** Name of the role that the service runs as; it gets the least that the service needs. */
  readonly applicationRole: string;
  readonly allowedProvenance: readonly string[];
  /** Called inside the transaction of each migration, before its commit. */
  readonly onMigration?: (name: string) => void;
};

/**
 * Brings the schema to the newest version. Each file runs in its own transaction; one migrator at a time, the others wait.
 * A file that was applied and has changed since is refused: history is not edited. A server that dies on the way is waited for.
 */
export async function migrate(options: MigrateOptions): Promise<MigrationResult> {
  const applied: string[] = [];
  let connected = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await migrateOnce(options, {
        connected: () => {
          connected = true;
        },
        applied: (name) => applied.push(name),
      });
      return { applied, current: migrationFiles().at(-1) ?? '' };
    } catch (error) {
      // One that was never there is told at once.
      if (!connected || attempt === ATTEMPTS || !isConnectionError(error)) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

const ATTEMPTS = 60;
const PAUSE_MS = 500;

type Told = { readonly connected: () => void; readonly applied: (name: string) => void };

async function migrateOnce(options: MigrateOptions, told: Told): Promise<void> {
  const client = new pg.Client({ connectionString: options.ownerUrl, application_name: 'heliograph-migrate' });
  // A connection that breaks fails the statement that runs, or the next one; without a listener it would be a crash.
  client.on('error', () => undefined);
  await client.connect();
  told.connected();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK_KEY]);
    await refuseSameRole(client, options.applicationRole);
    await client.query(
      'create table if not exists schema_migration (name text primary key, sha256 text not null, applied_at timestamptz not null default now())',
    );
    await applyNew(client, told.applied, options.onMigration);
    await installJobQueue(client);
    await fillAllowedProvenance(client, options.allowedProvenance);
    await grantLeast(client, options.applicationRole);
  } finally {
    await client.end();
  }
}

export function migrationFiles(): string[] {
  return readdirSync(DIRECTORY)
    .filter((name) => name.endsWith('.sql'))
    .sort();
}

async function refuseSameRole(client: pg.Client, applicationRole: string): Promise<void> {
  const { rows } = await client.query<{ user: string }>('select current_user as user');
  if (rows[0]?.user !== applicationRole) return;
  throw new UserError(
    'SAME_ROLE',
    `DATABASE_URL and DATABASE_OWNER_URL both log in as "${applicationRole}", expected two roles: the one that runs the service must not own the tables`,
  );
}

async function applyNew(
  client: pg.Client,
  onApplied: (name: string) => void,
  onMigration?: (name: string) => void,
): Promise<void> {
  const { rows } = await client.query<{ name: string; sha256: string }>('select name, sha256 from schema_migration');
  const known = new Map(rows.map((row) => [row.name, row.sha256]));
  for (const name of migrationFiles()) {
    const sql = readFileSync(join(DIRECTORY, name), 'utf8');
    const sha256 = createHash('sha256').update(sql).digest('hex');
    const before = known.get(name);
    known.delete(name);
    if (before === sha256) continue;
    if (before !== undefined) {
      throw new UserError(
        'MIGRATION_CHANGED',
        `Migration "${name}" was changed after it was applied, expected a new file for a new change`,
      );
    }
    await inTransaction(client, async () => {
      await client.query(sql);
      await client.query('insert into schema_migration (name, sha256) values ($1, $2)', [name, sha256]);
      onMigration?.(name);
    });
    onApplied(name);
  }
  const newer = [...known.keys()].sort().at(-1);
  if (newer !== undefined) {
    throw new UserError(
      'DATABASE_NEWER',
      `The database has migration "${newer}", which this version of the program does not know, expected the same or a newer program`,
    );
  }
}

async function fillAllowedProvenance(client: pg.Client, allowed: readonly string[]): Promise<void> {
  await inTransaction(client, async () => {
    const { rows } = await client.query<{ provenance: string }>(
      'select distinct provenance from source where provenance <> all ($1)',
      [allowed],
    );
    if (rows.length > 0) {
      const held = rows.map((row) => row.provenance).join(', ');
      throw new UserError(
        'FORBIDDEN_DATA',
        `The database holds data of provenance ${held}, expected only ${allowed.join(', ')} in this environment: use an empty database`,
      );
    }
    await client.query('delete from allowed_provenance where provenance <> all ($1)', [allowed]);
    await client.query('insert into allowed_provenance select unnest($1::text[]) on conflict do nothing', [allowed]);
  });
}

/** What the service's role may do, stated whole at every migration: reads everything, adds rows, changes a head, a position and a state. */
async function grantLeast(client: pg.Client, role: string): Promise<void> {
  const to = pg.escapeIdentifier(role);
  await inTransaction(client, async () => {
    await client.query(`
      revoke create on schema public from public;
      grant usage on schema public to ${to};
      revoke all on all tables in schema public from ${to};
      revoke all on all functions in schema public from public, ${to};
      grant select on all tables in schema public to ${to};
      grant insert on source, source_instrument, instrument, instrument_symbol, corporate_action, bar, ingest_shard, ingest_batch, quarantined_row, ingestion_day, rollup_bar, rollup_batch, rollup_position, model_version, signal, outcome, engine_position to ${to};
      grant delete on instrument_symbol to ${to};
      grant update on source_instrument, ingest_shard, ingestion_day, rollup_head, rollup_position, engine_position to ${to};
      grant update (state, state_since) on signal to ${to};
      grant insert on api_key, signal_acknowledgement, event_log_anchor, signal_cancellation, dr_run to ${to};
      grant update (finished_at, ok, detail) on dr_run to ${to};
      grant update (expires_at, revoked_at, rotated_to, last_used_at) on api_key to ${to};
      grant update (epoch, seq, acknowledged_at) on signal_acknowledgement to ${to};
      grant execute on function append_events(text, new_event[]), ensure_partitions(timestamptz, timestamptz), drop_bar_month(date), drop_refused_rows(timestamptz), drop_archived_partition(text) to ${to};
      ${jobQueueGrants(role)}
    `);
  });
}

async function inTransaction(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  try {
    await work();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
