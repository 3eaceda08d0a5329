import type { Page } from '../platform/graphql/connection.ts';
import type { SignalState } from './signal.ts';

export type SignalListQuery = {
  readonly page: Page;
  /** Publication time (ms) and id of the signal to go on from. */
  readonly key: { readonly publishedAt: number; readonly id: string } | null;
  readonly instruments: readonly string[] | null;
  readonly states: readonly SignalState[] | null;
};

/** Which signal is in a place of a list, and how far it has come. */
export type Standing = { readonly id: string; readonly state: SignalState };

/** Rows that a page is read with: a literal in the statement, so that its plan knows it, and few, so that few statements are prepared. */
const LENGTHS = [21, 51, 101];

/**
 * The statement for one page, prepared once a connection for each form of it; it may find more than the page holds. It answers one text:
 * fifty rows would cost both sides more than finding them did.
 */
export function pageQuery({ page, key, instruments, states }: SignalListQuery) {
  const length = LENGTHS.find((rows) => rows > page.limit) ?? page.limit + 1;
  const direction = page.backward ? 'asc' : 'desc';
  const values: unknown[] = [];
  const conditions: string[] = [];
  if (key !== null) {
    values.push(new Date(key.publishedAt).toISOString(), key.id);
    conditions.push(`(s.published_at, s.id) ${page.backward ? '>' : '<'} ($1::timestamptz, $2::uuid)`);
  }
  if (instruments !== null) conditions.push(`s.instrument_id = any ($${values.push(instruments)}::text[])`);
  if (states !== null) conditions.push(`s.state = any ($${values.push(states)}::text[])`);
  const form = [direction, length, ...[key, instruments, states].map((part) => (part === null ? 'no' : 'by'))];
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
  return {
    name: `signal-page-${form.join('-')}`,
    text: `select string_agg(p.id || p.state, ' ' order by p.published_at ${direction}, p.id ${direction}) as page from (
      select s.id, s.state, s.published_at from signal s ${where} order by s.published_at ${direction}, s.id ${direction} limit ${length}) p`,
    values,
  };
}

/** Of the one row that the statement answers. */
export type PageRow = { readonly page: string | null };

export function standingsOf(rows: readonly PageRow[]): Standing[] {
  const page = rows[0]?.page ?? null;
  if (page === null) return [];
  return page.split(' ').map((one) => ({ id: one.slice(0, UUID), state: one.slice(UUID) as SignalState }));
}

const UUID = 36;
