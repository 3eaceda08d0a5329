import type { Queryable } from '../platform/database/pool.ts';

export type Dropped = {
  /** Months whose bars are gone, YYYY-MM. */
  readonly dropped: readonly string[];
  /** Months that are old enough and were kept all the same, with what the database said. */
  readonly kept: readonly { readonly month: string; readonly reason: string }[];
  readonly refusedRows: number;
};

const DAY = 86_400_000;
const OBJECT_IN_USE = '55006';

/**
 * Drops every whole month of bars that ended more than `days` before the newest bar, and the refused rows of that time. The database itself
 * keeps a month that is too young or that somebody still needs. Throws when the database does; safe to repeat.
 */
export async function dropOldBars(database: Queryable, days: number): Promise<Dropped> {
  const { rows: newest } = await database.query<{ known: number | null }>(
    'select least(now(), max(known_time)) as known from ingest_batch',
  );
  const known = newest[0]?.known ?? null;
  if (known === null) return { dropped: [], kept: [], refusedRows: 0 };

  const before = known - days * DAY;
  const dropped: string[] = [];
  const kept: { month: string; reason: string }[] = [];
  for (const month of await monthsEndingBefore(database, before)) {
    const reason = await drop(database, month);
    if (reason === null) dropped.push(month);
    else kept.push({ month, reason });
  }
  const { rows } = await database.query<{ dropped: number }>('select drop_refused_rows($1) as dropped', [
    new Date(before).toISOString(),
  ]);
  return { dropped, kept, refusedRows: rows[0]?.dropped ?? 0 };
}

/** Months of which there are partitions, oldest first. */
async function monthsEndingBefore(database: Queryable, instant: number): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    `select distinct substring(c.relname from '_(\\d{4}_\\d{2})$') as name from pg_inherits h join pg_class c on c.oid = h.inhrelid
      where h.inhparent in ('bar'::regclass, 'rollup_bar'::regclass) order by 1`,
  );
  const months = rows.map(({ name }) => name.replace('_', '-'));
  return months.filter((month) => {
    const start = new Date(`${month}-01T00:00:00Z`);
    return start.setUTCMonth(start.getUTCMonth() + 1) <= instant;
  });
}

/** Null when the month is gone, else why it was kept. */
async function drop(database: Queryable, month: string): Promise<string | null> {
  try {
    await database.query('select drop_bar_month($1)', [`${month}-01`]);
    return null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === OBJECT_IN_USE) return error.message;
    throw error;
  }
}
