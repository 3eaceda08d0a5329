import { z } from 'zod';
import { canonicalDecimal, type Decimal } from '../decimal.ts';
import { SYMBOL } from '../instrument.ts';
import { ACTION_KINDS, type ActionKind, ratioOf } from './action.ts';

const DATE = /^\d{4}-\d\d-\d\d$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z$/;
const currencies = new Set(Intl.supportedValuesOf('currency'));
/** A field that may be empty; `read` answers undefined for what it cannot read. */
function optional<Value>(read: (text: string) => Value | null | undefined, expected: string) {
  return z
    .string()
    .transform((text) => (text === '' ? null : (read(text) ?? undefined)))
    .refine((value) => value !== undefined, `nothing, or ${expected}`)
    .transform((value) => value ?? null);
}

/** A line of a corporate-action file: its columns in order; the message of each is what the column expects. */
export const actionRow = z.object({
  instrument: z.string().min(1, 'the id or the symbol of an instrument'),
  kind: z.enum(ACTION_KINDS, `one of ${ACTION_KINDS.join(', ')}`),
  ex_date: z.string().refine(isDate, 'a date such as 2014-06-09'),
  ratio: optional(ratioOf, 'new units for old ones, such as 7:1 or 0.1'),
  amount: optional(amountOf, 'an amount a unit, such as 0.47'),
  currency: optional((text) => (currencies.has(text) ? text : null), 'an ISO 4217 code such as USD'),
  new_symbol: optional((text) => (SYMBOL.test(text) ? text : null), 'a ticker: at most 32 letters, digits and "./:_-"'),
  announced: optional(instantOf, 'a UTC time such as 2014-04-23T20:30:00Z'),
});
export type ActionRow = z.infer<typeof actionRow>;

const NEEDED: Readonly<Record<ActionKind, readonly (keyof ActionRow)[]>> = {
  SPLIT: ['ratio'],
  DIVIDEND: ['amount', 'currency'],
  SYMBOL_CHANGE: ['new_symbol'],
  LISTING: [],
  DELISTING: [],
};
const OPTIONAL = ['ratio', 'amount', 'currency', 'new_symbol'] as const;

/** What the fields of a line are not together, a sentence each. */
export function contradictions(row: ActionRow): string[] {
  const needed = NEEDED[row.kind];
  return OPTIONAL.flatMap((column) => {
    if (needed.includes(column) === (row[column] !== null)) return [];
    return needed.includes(column)
      ? `${column} is "", expected a value because kind is ${row.kind}`
      : `${column} is ${JSON.stringify(row[column])}, expected nothing because kind is ${row.kind}`;
  });
}

function isDate(text: string): boolean {
  const instant = DATE.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text);
}

function amountOf(text: string): Decimal | null {
  const amount = canonicalDecimal(text);
  return amount === '0' ? null : amount;
}

function instantOf(text: string): number | null {
  const instant = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(instant) ? null : instant;
}
