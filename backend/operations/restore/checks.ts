import { AUDIT_STREAM } from '../../access/audit-log.ts';
import { PUBLIC_STREAM } from '../../log/event.ts';
import { verifyLedger } from '../../log/verify.ts';
import { migrationFiles } from '../../platform/database/migrate.ts';
import type { Connection } from '../../platform/database/pool.ts';
import { hashRange, type Inventory, takeInventory } from '../backup/inventory.ts';
import { tables } from '../backup/tables.ts';
import { brokenConstraints } from './constraints.ts';

/** What was looked at, and what was wrong with it; null when nothing was. */
export type Check = { readonly name: string; readonly fault: string | null };

/** A table of the restored database beside what the manifest says of it. */
export type ComparedTable = {
  readonly table: string;
  readonly expected: number;
  readonly found: number;
  /** Null where no range of it is compared. */
  readonly checksumsMatch: boolean | null;
};

export type Compared = {
  readonly checks: readonly Check[];
  readonly tables: readonly ComparedTable[];
  readonly newestRow: number;
};

/** Compares a restored database with what its backup noted of the original. `isHead`: its schema must be the one of this program. */
export async function compare(connection: Connection, expected: Inventory, isHead: boolean): Promise<Compared> {
  const found = await takeInventory(connection);
  const samples = await sampleFaults(connection, expected, found);
  const compared = Object.keys(tables).flatMap((table) => comparedTable(table, expected, found, samples));
  const few = compared.filter(
    ({ table, expected: least, found: rows }) => tables[table]?.grows === true && rows < least,
  );
  const checks: Check[] = [
    { name: 'schema', fault: schemaFault(expected, found, isHead) },
    {
      name: 'rows',
      fault: listed(
        few.map(({ table, expected: least, found: rows }) => `${table} has ${rows} rows, expected at least ${least}`),
      ),
    },
    { name: 'checksums', fault: listed([...samples.values()].flat()) },
    { name: 'constraints', fault: listed(await brokenConstraints(connection)) },
    { name: 'extensions', fault: missing(expected.extensions, found.extensions) },
    { name: 'roles', fault: missing(expected.roles, found.roles) },
  ];
  for (const stream of [PUBLIC_STREAM, AUDIT_STREAM])
    checks.push({ name: `ledger ${stream}`, fault: (await verifyLedger(connection, stream)).fault });
  return { checks, tables: compared, newestRow: newestRow(found) };
}

/** When the newest row of all was written, ms. */
export function newestRow({ tables: held }: Inventory): number {
  return Math.max(0, ...held.flatMap(({ newest }) => newest ?? []));
}

/** A partition that is gone was dropped after the backup, because it had grown too old: its rows are not missed. */
function comparedTable(
  table: string,
  expected: Inventory,
  found: Inventory,
  samples: ReadonlyMap<string, string[]>,
): ComparedTable[] {
  const parts = new Set(found.tables.filter((rows) => rows.table === table).map(({ part }) => part));
  const known = expected.tables.filter((rows) => rows.table === table);
  if (known.length === 0) return [];
  const sum = (all: Inventory['tables']) => all.reduce((total, { rows }) => total + rows, 0);
  const faults = samples.get(table);
  return [
    {
      table,
      expected: sum(known.filter(({ part }) => !isDropped(part, table, parts, found))),
      found: sum(found.tables.filter((rows) => rows.table === table)),
      checksumsMatch: faults === undefined ? null : faults.length === 0,
    },
  ];
}

function hasDropped(table: string, expected: Inventory, found: Inventory): boolean {
  const parts = new Set(found.tables.filter((rows) => rows.table === table).map(({ part }) => part));
  return expected.tables.some((rows) => rows.table === table && isDropped(rows.part, table, parts, found));
}

/** Anchors of the log, and nothing less, say that a partition of it was dropped; bars have no anchor. */
function isDropped(part: string, table: string, parts: ReadonlySet<string>, found: Inventory): boolean {
  if (part === table || parts.has(part)) return false;
  if (table !== 'event_log') return true;
  return found.tables.some((rows) => rows.table === 'event_log_anchor' && rows.rows > 0);
}

async function sampleFaults(
  connection: Connection,
  expected: Inventory,
  found: Inventory,
): Promise<Map<string, string[]>> {
  const faults = new Map<string, string[]>();
  for (const sample of expected.samples) {
    const own = faults.get(sample.table) ?? [];
    faults.set(sample.table, own);
    const { rows, sha256 } = await hashRange(connection, sample);
    // What is older than all that is held was dropped, where a partition is gone.
    const oldest = found.samples.find(({ table, scope }) => table === sample.table && scope === sample.scope)?.from;
    const wasDropped = oldest !== undefined && sample.from < oldest && hasDropped(sample.table, expected, found);
    if (sha256 === sample.sha256 || wasDropped) continue;
    own.push(
      `${sample.table} of ${sample.scope}, ${sample.from} to ${sample.to}: ${rows} rows with the SHA-256 ${sha256}, expected ${sample.rows} with ${sample.sha256}`,
    );
  }
  return faults;
}

function schemaFault(expected: Inventory, found: Inventory, isHead: boolean): string | null {
  const known = migrationFiles();
  const wanted = isHead ? known : expected.migrations;
  if (wanted.join() === found.migrations.join()) return null;
  return `the schema is at ${found.migrations.at(-1)}, expected ${wanted.at(-1)}`;
}

function missing(expected: readonly string[], found: readonly string[]): string | null {
  return listed(expected.filter((name) => !found.includes(name)).map((name) => `"${name}" is missing`));
}

function listed(faults: readonly string[]): string | null {
  return faults.length === 0 ? null : faults.join('; ');
}
