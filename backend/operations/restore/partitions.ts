import type { Connection } from '../../platform/database/pool.ts';
import type { ExportSet } from './exports.ts';

/** Makes the partitions that the rows of an export were in, in a database that holds none of them. */
export async function makePartitions(connection: Connection, { newest, rest }: ExportSet): Promise<void> {
  const held = [newest, ...(rest === null ? [] : [rest])].flatMap(({ inventory }) =>
    inventory.tables.filter(({ rows }) => rows > 0).map(({ part }) => part),
  );
  const months = held
    .flatMap((part) => /^(?:rollup_)?bar_(\d{4})_(\d{2})$/.exec(part)?.slice(1).join('-') ?? [])
    .sort();
  if (months.length > 0)
    await connection.query('select ensure_partitions($1, $2)', [`${months.at(-1)}-01Z`, `${months[0]}-01Z`]);
  const numbers = held.flatMap((part) => /^event_log_(\d+)$/.exec(part)?.[1] ?? []).map(Number);
  await makeLogPartitions(connection, new Set(numbers));
}

/** Older ones than all that is held would never be dropped: they stand before those that are. */
async function makeLogPartitions(connection: Connection, numbers: ReadonlySet<number>): Promise<void> {
  const { rows } = await connection.query<{ name: string; first: number; end: number }>(
    'select name, first_seq as first, end_seq as end from event_log_partition order by first_seq',
  );
  const [some] = rows;
  if (some === undefined || numbers.size === 0) return;
  const size = some.end - some.first;
  const oldest = Math.min(...numbers) * size;
  const there = new Set(rows.map(({ first }) => first / size));
  for (const { name, first } of rows) if (first < oldest) await connection.query(`drop table public.${name}`);
  for (const number of numbers)
    if (!there.has(number))
      await connection.query(
        `create table public.event_log_${number} partition of public.event_log for values from (${number * size}) to (${(number + 1) * size})`,
      );
}
