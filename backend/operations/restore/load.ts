import { escapeIdentifier } from 'pg';
import { AUDIT_STREAM } from '../../access/audit-log.ts';
import { PUBLIC_STREAM } from '../../log/event.ts';
import { verifyLedger } from '../../log/verify.ts';
import { type Connection, type Pool, transaction } from '../../platform/database/pool.ts';
import { UserError } from '../../platform/errors.ts';
import { Damaged } from '../backup/damaged.ts';
import type { Vault } from '../backup/objects.ts';
import { copyIn } from './copy-in.ts';
import { type ExportedTable, type ExportSet, readRows, tablesIn } from './exports.ts';
import { makePartitions } from './partitions.ts';

/** The migrator fills these. What it wrote gives way to what was exported; the history of migrations must be the same and stays. */
const MIGRATIONS = 'schema_migration';
const SEEDED = ['stream_epoch', 'stream_head', 'rollup_head'];

/**
 * Loads an export and its rest into a migrated database without any rows, all or nothing. Needs the owner of the tables; whoever starts the service
 * on it must open a new epoch before (`openEpochs`). Throws a UserError where the database is not fit for it, Damaged.
 */
export async function loadExports(owner: Pool, vault: Vault, set: ExportSet): Promise<readonly ExportedTable[]> {
  return transaction(owner, async (connection) => {
    await connection.query('set local idle_in_transaction_session_timeout = 0; set local statement_timeout = 0');
    await refuseOtherSchema(connection, set);
    const loaded = (await inOrder(connection, tablesIn(set))).filter(({ table }) => table !== MIGRATIONS);
    await refuseRows(connection, loaded);
    for (const table of SEEDED)
      if (loaded.some((one) => one.table === table)) await connection.query(`delete from public.${table}`);
    await makePartitions(connection, set);
    for (const table of loaded) await load(connection, vault, table);
    await connection.query('select ensure_partitions(now())');
    for (const stream of [PUBLIC_STREAM, AUDIT_STREAM]) {
      const { fault } = await verifyLedger(connection, stream);
      if (fault !== null) throw new Damaged(`the chain of "${stream}" does not hold: ${fault}`);
    }
    return loaded;
  });
}

async function refuseOtherSchema(connection: Connection, { newest, rest }: ExportSet): Promise<void> {
  const { rows } = await connection.query<{ name: string }>(`select name from ${MIGRATIONS} order by name`);
  const found = rows.map(({ name }) => name);
  for (const { key, inventory } of [newest, ...(rest === null ? [] : [rest])])
    if (inventory.migrations.join() !== found.join())
      throw new UserError(
        'OTHER_SCHEMA',
        `The schema is at ${found.at(-1)}, expected ${inventory.migrations.at(-1)} as in ${key}: migrate with the release that wrote it`,
      );
}

async function refuseRows(connection: Connection, loaded: readonly ExportedTable[]): Promise<void> {
  for (const { table } of loaded) {
    if (SEEDED.includes(table)) continue;
    const { rows } = await connection.query<{ held: boolean }>(
      `select exists (select from public.${escapeIdentifier(table)}) as held`,
    );
    if (rows[0]?.held === true)
      throw new UserError(
        'NOT_EMPTY',
        `The table ${table} holds rows, expected a migrated database without any: nothing is loaded over anything`,
      );
  }
}

/** Whatever a row refers to first; what refers by triggers, and what has partitions, last. */
async function inOrder(connection: Connection, tables: readonly ExportedTable[]): Promise<ExportedTable[]> {
  const { rows } = await connection.query<{ child: string; parent: string }>(
    `select conrelid::regclass::text as child, confrelid::regclass::text as parent
       from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace and conrelid <> confrelid`,
  );
  const { rows: parted } = await connection.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'p'`,
  );
  const last = new Set(parted.map(({ name }) => name));
  const ordered: ExportedTable[] = [];
  const place = (one: ExportedTable): void => {
    if (ordered.includes(one)) return;
    const parents = rows.filter(({ child }) => child === one.table).map(({ parent }) => parent);
    for (const other of tables) if (parents.includes(other.table)) place(other);
    ordered.push(one);
  };
  for (const isLast of [false, true]) for (const one of tables) if (last.has(one.table) === isLast) place(one);
  return ordered;
}

async function load(connection: Connection, vault: Vault, one: ExportedTable): Promise<void> {
  const name = `public.${escapeIdentifier(one.table)}`;
  const columns = one.columns.map((column) => escapeIdentifier(column)).join(', ');
  try {
    await copyIn(connection, `copy ${name} (${columns}) from stdin`, readRows(vault, one));
  } catch (error) {
    if (error instanceof Damaged || !(error instanceof Error)) throw error;
    throw new UserError('NOT_LOADED', `The rows of ${one.table} of ${one.backup} were refused: ${error.message}`, {
      cause: error,
    });
  }
  const { rows } = await connection.query<{ column: string }>(
    `select attname as column from pg_attribute where attrelid = $1::regclass and attidentity <> ''`,
    [name],
  );
  // Numbers that were given are not given again.
  for (const { column } of rows)
    await connection.query(
      `select setval(pg_get_serial_sequence($1, $2), (select max(${escapeIdentifier(column)}) from ${name}))`,
      [name, column],
    );
}
