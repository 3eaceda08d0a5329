import { z } from 'zod';
import type { Queryable } from '../../platform/database/pool.ts';
import { type TableSpec, tables } from './tables.ts';

const rowsSchema = z.object({
  table: z.string(),
  /** The partition that holds them; the table itself where it has none. */
  part: z.string(),
  rows: z.int().nonnegative(),
  /** When the newest of them was written, ms; null where they do not say. */
  newest: z.number().nullable(),
});
const sampleSchema = z.object({
  table: z.string(),
  /** Which of the orders of the table, such as the stream. */
  scope: z.string(),
  from: z.int(),
  to: z.int(),
  rows: z.int().nonnegative(),
  /** Over the rows in order, as text. */
  sha256: z.string(),
});

/** What a database holds, as far as it takes to know it again after a restore. */
export const inventorySchema = z.object({
  /** Names of the migrations that were applied, in order. */
  migrations: z.array(z.string()),
  /** Extensions with their versions, and roles that are not PostgreSQL's own. */
  extensions: z.array(z.string()),
  roles: z.array(z.string()),
  tables: z.array(rowsSchema),
  samples: z.array(sampleSchema),
});
export type Inventory = z.infer<typeof inventorySchema>;
export type PartRows = z.infer<typeof rowsSchema>;
export type Sample = z.infer<typeof sampleSchema>;

/** Places of a sample, at the beginning, in the middle and at the end of what there is. */
const SAMPLE_PLACES = 500;

/** Counts every row and hashes some ranges. Of one moment when the connection is in a transaction that reads repeatably. */
export async function takeInventory(database: Queryable): Promise<Inventory> {
  // The text of a row must not depend on who asks.
  await database.query(`set local timezone = 'UTC'; set local datestyle = 'ISO'; set local statement_timeout = 0`);
  const held: PartRows[] = [];
  const samples: Sample[] = [];
  for (const [table, spec] of Object.entries(await tablesOf(database))) {
    held.push(...(await countRows(database, table, spec)));
    for (const range of await rangesOf(database, table, spec))
      samples.push({ ...range, ...(await hashRange(database, range)) });
  }
  return { ...(await describe(database)), tables: held, samples };
}

/** Those of our tables that a database has: one that was backed up by an older program may lack some. */
export async function tablesOf(database: Queryable): Promise<Record<string, TableSpec>> {
  const { rows } = await database.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
  );
  const there = new Set(rows.map(({ name }) => name));
  return Object.fromEntries(Object.entries(tables).filter(([name]) => there.has(name)));
}

/** Rows and hash of a range, as they are now. */
export async function hashRange(
  database: Queryable,
  { table, scope, from, to }: Pick<Sample, 'table' | 'scope' | 'from' | 'to'>,
): Promise<Pick<Sample, 'rows' | 'sha256'>> {
  const { key, sample } = tables[table] ?? {};
  if (sample === undefined) throw new Error(`no sample is taken of "${table}"`);
  const { rows } = await database.query<{ rows: number; sha256: string }>(
    `select count(*) as rows,
            encode(sha256(convert_to(coalesce(string_agg(row(${sample.columns})::text, chr(10) order by ${sample.place}, ${key}), ''), 'UTF8')), 'hex') as sha256
       from public.${table} where ${sample.scope} = $1 and ${sample.place} between $2 and $3`,
    [scope, from, to],
  );
  return rows[0] ?? { rows: 0, sha256: '' };
}

async function countRows(database: Queryable, table: string, { time }: TableSpec): Promise<PartRows[]> {
  const { rows } = await database.query<Omit<PartRows, 'table'>>(
    `select tableoid::regclass::text as part, count(*) as rows, ${time === null ? 'null' : `max(${time})`} as newest from public.${table} group by 1 order by 1`,
  );
  return rows.length === 0 ? [{ table, part: table, rows: 0, newest: null }] : rows.map((row) => ({ table, ...row }));
}

async function rangesOf(
  database: Queryable,
  table: string,
  { sample }: TableSpec,
): Promise<Pick<Sample, 'table' | 'scope' | 'from' | 'to'>[]> {
  if (sample === undefined) return [];
  const { rows } = await database.query<{ scope: string; first: number; last: number }>(
    `select ${sample.scope} as scope, min(${sample.place}) as first, max(${sample.place}) as last from public.${table} group by 1 order by 1`,
  );
  return rows.flatMap(({ scope, first, last }) => {
    const middle = Math.floor((first + last) / 2);
    const starts = new Set([first, Math.max(first, middle), Math.max(first, last - SAMPLE_PLACES + 1)]);
    return [...starts].map((from) => ({ table, scope, from, to: Math.min(last, from + SAMPLE_PLACES - 1) }));
  });
}

async function describe(database: Queryable): Promise<Pick<Inventory, 'migrations' | 'extensions' | 'roles'>> {
  const { rows } = await database.query<Pick<Inventory, 'migrations' | 'extensions' | 'roles'>>(
    `select (select array_agg(name order by name) from schema_migration) as migrations,
            (select array_agg(extname || ' ' || extversion order by extname) from pg_extension) as extensions,
            (select array_agg(rolname::text order by rolname) from pg_roles where rolname not like 'pg\\_%') as roles`,
  );
  const row = rows[0];
  if (row === undefined) throw new Error('a query without a table gave no row');
  return row;
}
