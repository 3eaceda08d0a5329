import type pg from 'pg';
import { type Inventory, takeInventory } from '../../backend/operations/backup/inventory.ts';
import { createPool, transaction } from '../../backend/platform/database/pool.ts';
import { runningServer } from '../../backend/platform/postgres/running.ts';
import type { Heard } from './reader.ts';

/** Counts and checksums of a database as they are now. */
export async function inventoryOf(dataDirectory: string): Promise<Inventory> {
  const server = runningServer(dataDirectory);
  if (server === null) throw new Error('nobody runs the database');
  const pool = createPool({
    ...{ url: server.ownerUrl, name: 'proof', size: 1 },
    statementTimeoutMs: 60_000,
    onError: () => undefined,
  });
  try {
    return await transaction(pool, async (connection) => {
      await connection.query('set transaction isolation level repeatable read, read only');
      return takeInventory(connection);
    });
  } finally {
    await pool.end();
  }
}

/** When the newest row of all was written, ms. */
export function newestOf({ tables }: Inventory): number {
  return Math.max(...tables.flatMap(({ newest }) => newest ?? []));
}

/** Where two databases differ that should be one. */
export function inventoryFaults(expected: Inventory, found: Inventory): string[] {
  const faults: string[] = [];
  for (const { part, rows } of expected.tables) {
    const there = found.tables.find((other) => other.part === part)?.rows;
    if (there !== rows) faults.push(`${part} has ${there} rows, expected ${rows}`);
  }
  for (const sample of expected.samples) {
    const { table, scope, from, to, sha256 } = sample;
    const same = found.samples.find(
      (other) => other.table === table && other.scope === scope && other.from === from && other.to === to,
    );
    if (same?.sha256 !== sha256)
      faults.push(`${table} of ${scope}, ${from} to ${to}: the checksum is ${same?.sha256}, expected ${sha256}`);
  }
  return faults;
}

/** What was heard and is not in the log, of what the log of `epochs` should hold. */
export async function heardFaults(client: pg.Client, heard: readonly Heard[]): Promise<string[]> {
  const { rows } = await client.query<{ epoch: string; seq: number; kind: string }>(
    `select epoch, seq::integer, kind from event_log where stream = 'public'`,
  );
  const held = new Map(rows.map(({ epoch, seq, kind }) => [`${epoch} ${seq}`, kind]));
  return heard.flatMap(({ epoch, seq, kind }) => {
    const there = held.get(`${epoch} ${seq}`);
    return there === kind ? [] : [`event ${seq} of epoch ${epoch} was heard as ${kind}, the log has ${there}`];
  });
}
