import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import { tables } from './tables.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore('tables');
});
afterAll(() => store.dispose());

it('names every table that there is, and no other', async () => {
  const { rows } = await store.owner.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
  );
  expect(Object.keys(tables).sort()).toEqual(rows.map(({ name }) => name).sort());
});

it('has no hourly row refer to a daily one, which is older', async () => {
  const { rows } = await store.owner.query<{ child: string; parent: string }>(
    `select conrelid::regclass::text as child, confrelid::regclass::text as parent from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace and conparentid = 0`,
  );
  const wrong = rows.filter(
    ({ child, parent }) => tables[child]?.exported === 'hourly' && tables[parent]?.exported === 'daily',
  );
  expect(wrong).toEqual([]);
});

it.each(Object.entries(tables))(
  'gives %s a key that is unique, and columns that it has',
  async (table, { key, time, sample }) => {
    const { rows } = await store.owner.query<{ key: string }>(
      `select string_agg(attname, ', ' order by place) as key from pg_index, unnest(indkey) with ordinality as k(number, place), pg_attribute
      where indrelid = $1::regclass and indisunique and attrelid = indrelid and attnum = number group by indexrelid`,
      [table],
    );
    expect(rows.map((row) => row.key)).toContain(key);
    const columns = [time, sample?.scope, sample?.place, sample?.columns].filter((name) => typeof name === 'string');
    await store.owner.query(`select ${['1', ...columns].join(', ')} from ${table}`);
  },
);
