import type { Clock } from '../../platform/clock.ts';
import { type Connection, createPool, transaction } from '../../platform/database/pool.ts';
import { copyOut } from './copy-out.ts';
import { tablesOf, takeInventory } from './inventory.ts';
import { type ExportManifest, newBackupKey, storeManifest } from './manifest.ts';
import { storeObject, type Vault } from './objects.ts';

export type ExportOptions = {
  readonly kind: ExportManifest['kind'];
  /** Any role that may read every table. */
  readonly url: string;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: () => string;
};

/** Writes the rows of all tables of a kind as they were at one moment, in the order of their keys, as `COPY` writes and reads them. */
export async function takeExport({ kind, url, vault, clock, random }: ExportOptions): Promise<ExportManifest> {
  // However long it takes: what it holds up is only the cleaning of dead rows.
  const pool = createPool({ ...{ url, name: 'export', size: 1, statementTimeoutMs: 0 }, onError: () => undefined });
  try {
    return await transaction(pool, async (connection) => {
      await connection.query('set transaction isolation level repeatable read, read only');
      await connection.query('set local idle_in_transaction_session_timeout = 0');
      const { rows } = await connection.query<{ version: string }>(
        `select current_setting('server_version') as version`,
      );
      const takenAt = clock.now();
      const key = newBackupKey(kind, takenAt, random());
      const inventory = await takeInventory(connection);
      const counts = new Map<string, number>();
      for (const { table, rows: count } of inventory.tables) counts.set(table, (counts.get(table) ?? 0) + count);
      const tables: ExportManifest['tables'] = [];
      for (const [table, spec] of Object.entries(await tablesOf(connection))) {
        if (spec.exported !== (kind === 'export' ? 'hourly' : 'daily')) continue;
        const columns = await columnsOf(connection, table);
        const sql = `copy (select ${columns.join(', ')} from public.${table} order by ${spec.key}) to stdout`;
        const object = await storeObject(vault, `${key}/${table}.copy`, copyOut(connection, sql));
        tables.push({ table, columns, rows: counts.get(table) ?? 0, object });
      }
      const manifest = {
        ...{ kind, key, takenAt, finishedAt: clock.now() },
        serverVersion: rows[0]?.version ?? '',
        inventory,
        tables,
      };
      await storeManifest(vault, manifest);
      return manifest;
    });
  } finally {
    await pool.end();
  }
}

async function columnsOf(connection: Connection, table: string): Promise<string[]> {
  const { rows } = await connection.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [`public.${table}`],
  );
  return rows.map(({ name }) => name);
}
