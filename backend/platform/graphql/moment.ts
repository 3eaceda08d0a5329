import { InvalidInput } from '../errors.ts';

const FIRST = Date.parse('0001-01-01T00:00:00Z');

/** An instant that a client gave, in ms; null where it gave none. The database counts from the year 1 on. */
export function momentOf(name: string, date: Date | null | undefined): number | null {
  if (date == null) return null;
  if (date.getTime() < FIRST) throw new InvalidInput(name, date.toISOString(), 'a moment from the year 1 on');
  return date.getTime();
}
