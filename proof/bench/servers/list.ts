import { peer } from '../peers.ts';
import { keyOf, PAGE, type Row, signalOf } from './schema.ts';
import type { Setup } from './setup.ts';

export type List = (args: { readonly first: number; readonly after?: string }) => unknown;

type Pg = { readonly default: { readonly Pool: new (options: unknown) => Pool } };
type Pool = { query(statement: unknown): Promise<{ readonly rows: readonly Row[] }> };

/** The resolver of the list: from memory, or by pg with a prepared statement, as its documentation recommends for what is asked often. */
export async function listOf({ signals = [], databaseUrl }: Setup): Promise<List> {
  if (databaseUrl === undefined) return ({ first }) => ({ nodes: signals.slice(0, first) });
  const { default: pg } = await peer<Pg>('pg');
  // Instants stay the text that they are: there is nothing to compute with them.
  const types = { getTypeParser: () => (text: string) => text };
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 8,
    types,
    options: '-c DateStyle=ISO -c TimeZone=UTC',
  });
  return async ({ first, after = '' }) => {
    const { rows } = await pool.query({ name: 'page', text: PAGE, values: [...keyOf(after), first + 1] });
    return { nodes: rows.slice(0, first).map(signalOf) };
  };
}
