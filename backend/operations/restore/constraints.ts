import type { Queryable } from '../../platform/database/pool.ts';

type ForeignKey = {
  readonly name: string;
  readonly child: string;
  readonly parent: string;
  readonly columns: string[];
  readonly keys: string[];
};

/** Constraints that rows of a database break, though it says that it holds them. Empty when none does. */
export async function brokenConstraints(database: Queryable): Promise<string[]> {
  return [...(await notValidated(database)), ...(await brokenForeignKeys(database)), ...(await brokenChecks(database))];
}

async function notValidated(database: Queryable): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    `select conname as name from pg_constraint where connamespace = 'public'::regnamespace and not convalidated`,
  );
  return rows.map(({ name }) => `${name} was never validated`);
}

async function brokenForeignKeys(database: Queryable): Promise<string[]> {
  const { rows } = await database.query<ForeignKey>(
    `select conname as name, conrelid::regclass::text as child, confrelid::regclass::text as parent,
            (select array_agg(quote_ident(attname) order by place) from unnest(conkey) with ordinality as k(number, place)
               join pg_attribute on attrelid = conrelid and attnum = number) as columns,
            (select array_agg(quote_ident(attname) order by place) from unnest(confkey) with ordinality as k(number, place)
               join pg_attribute on attrelid = confrelid and attnum = number) as keys
       from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace and conparentid = 0`,
  );
  const faults: string[] = [];
  for (const { name, child, parent, columns, keys } of rows) {
    const isSet = columns.map((column) => `c.${column} is not null`).join(' and ');
    const fits = columns.map((column, index) => `p.${keys[index]} = c.${column}`).join(' and ');
    const count = await countOf(
      database,
      `${child} c where ${isSet} and not exists (select from ${parent} p where ${fits})`,
    );
    if (count > 0) faults.push(`${count} rows of ${child} break ${name}`);
  }
  return faults;
}

async function brokenChecks(database: Queryable): Promise<string[]> {
  const { rows } = await database.query<{ name: string; table: string; expression: string }>(
    `select conname as name, conrelid::regclass::text as table, pg_get_expr(conbin, conrelid) as expression
       from pg_constraint where contype = 'c' and connamespace = 'public'::regnamespace and conrelid <> 0 and conparentid = 0 and coninhcount = 0`,
  );
  const faults: string[] = [];
  for (const { name, table, expression } of rows) {
    const count = await countOf(database, `${table} where not (${expression})`);
    if (count > 0) faults.push(`${count} rows of ${table} break ${name}`);
  }
  return faults;
}

async function countOf(database: Queryable, from: string): Promise<number> {
  const { rows } = await database.query<{ count: number }>(`select count(*) from ${from}`);
  return rows[0]?.count ?? 0;
}
