import { z } from 'zod';
import { quote } from '../../platform/errors.ts';
import type { Decimal } from '../bar.ts';
import { canonicalDecimal } from '../decimal.ts';
import { SYMBOL } from '../instrument.ts';
import { excerpt, Numeral, Timestamp } from './values.ts';

/** An instant in ms since 1970 UTC, and the nanoseconds beyond it (0 to 999,999) that a number of ms has no room for. */
export type Instant = { readonly time: number; readonly nanos: number };

/** How a field is read, and what a person is told was expected. Undefined when the value is no such thing. */
export type Reader<Out> = { readonly expected: string; readonly read: (value: unknown) => Out | undefined };
type Shape = Readonly<Record<string, Reader<unknown>>>;
type Fields<S extends Shape> = { readonly [Name in keyof S]: S[Name] extends Reader<infer Out> ? Out : never };

export const text = reader('text', (value) => (isText(value) ? value : undefined));
export const symbol = reader('a ticker', (value) => (isText(value) && SYMBOL.test(value) ? value : undefined));
export const flag = reader('true or false', (value) => (typeof value === 'boolean' ? value : undefined));
export const amount = reader('a decimal number that is not negative', decimalOf);
export const price = reader('a positive decimal number', (value) => {
  const decimal = decimalOf(value);
  return decimal === '0' ? undefined : decimal;
});
export const wholeNumber = reader('a whole number', (value) => {
  const number = Number(numberText(value) ?? Number.NaN);
  return Number.isSafeInteger(number) ? number : undefined;
});
/** Numbers of trades are compared, not counted with, and go beyond what a double holds. */
export const id = reader('a whole number that is not negative', (value) => {
  const digits = numberText(value);
  return digits !== undefined && /^\d{1,20}$/.test(digits) ? digits : undefined;
});
export const texts = reader('a list of texts', (value): readonly string[] | undefined => {
  // A list that Go never filled is written as null.
  if (value === null) return [];
  return Array.isArray(value) && value.every(isText) ? value : undefined;
});
export const instant = reader('an instant such as 2021-02-22T19:15:00.123456789Z', instantOf);
/** An instant without a fraction of a ms, as bars have it. */
export const moment = reader('an instant of whole milliseconds such as 2021-02-22T19:15:00Z', (value) => {
  const found = instantOf(value);
  return found?.nanos === 0 ? found.time : undefined;
});
export const date = reader('a date such as 2021-02-22', (value) => {
  if (!isText(value) || !/^\d{4}-\d\d-\d\d$/.test(value)) return undefined;
  return instantOf(`${value}T00:00:00Z`) === undefined ? undefined : value;
});

/** For a field that may be missing or null: then it is `otherwise`. */
export function optional<Out, Otherwise>(
  { expected, read }: Reader<Out>,
  otherwise: Otherwise,
): Reader<Out | Otherwise> {
  return reader(expected, (value) => (value === undefined || value === null ? otherwise : read(value)));
}

/** An object with these fields at least. One step for zod, however many fields: pages hold ten thousand bars. */
export function object<S extends Shape>(shape: S) {
  const readers = Object.entries(shape);
  return z.unknown().transform((value, context): Fields<S> => {
    const fields: Record<string, unknown> = {};
    if (typeof value !== 'object' || value === null) {
      context.addIssue({ code: 'custom', message: 'an object', input: value });
      return z.NEVER;
    }
    for (const [name, { expected, read }] of readers) {
      const input: unknown = Object.hasOwn(value, name) ? value[name as keyof typeof value] : undefined;
      fields[name] = read(input);
      if (fields[name] !== undefined) continue;
      context.addIssue({ code: 'custom', message: expected, input, path: [name] });
      return z.NEVER;
    }
    // Each name has its reader's value: the compiler cannot follow that through the loop.
    return fields as Fields<S>;
  });
}

/** What the first mistake is: `o is "-1", expected a positive decimal number`. The schema must be asked with `reportInput`. */
export function mistakeOf(error: z.ZodError): { readonly field: string; readonly sentence: string } {
  const [issue] = error.issues;
  const field = issue?.path.map(String).join('.') || 'it';
  const value = issue?.input;
  const isPlain = value === undefined || isText(value);
  const shown = quote(value instanceof Numeral ? value.text : isPlain ? value : excerpt(value, 100));
  return { field, sentence: `${field} is ${shown}, expected ${issue?.message}` };
}

function reader<Out>(expected: string, read: (value: unknown) => Out | undefined): Reader<Out> {
  return { expected, read };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function decimalOf(value: unknown): Decimal | undefined {
  const written = numberText(value);
  return written === undefined ? undefined : (canonicalDecimal(written) ?? undefined);
}

/** Binary frames hold doubles: the shortest text that reads back as the same double is the price that was meant. */
function numberText(value: unknown): string | undefined {
  if (value instanceof Numeral) return value.text;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}

const RFC_3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
const YEAR_10000 = 253_402_300_800;

function instantOf(value: unknown): Instant | undefined {
  if (value instanceof Timestamp) return ofTimestamp(value);
  const [, written = '', fraction = '', zone = ''] = RFC_3339.exec(isText(value) ? value : '') ?? [];
  const seconds = Date.parse(`${written}${zone}`);
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(seconds) || !new Date(`${written}Z`).toISOString().startsWith(written)) return undefined;

  const nanoseconds = Number(fraction.padEnd(9, '0'));
  return { time: seconds + Math.floor(nanoseconds / 1e6), nanos: nanoseconds % 1e6 };
}

function ofTimestamp({ seconds, nanoseconds }: Timestamp): Instant | undefined {
  if (!(seconds >= 0 && seconds < YEAR_10000 && nanoseconds < 1e9)) return undefined;
  return { time: seconds * 1000 + Math.floor(nanoseconds / 1e6), nanos: nanoseconds % 1e6 };
}
