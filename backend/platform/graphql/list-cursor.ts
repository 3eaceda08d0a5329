import { quote, UserError } from '../errors.ts';

/** What the key of a row looks like, by the name of its list: what is not one is not looked up. */
const KEYS = {
  instruments: /^[a-z0-9][a-z0-9._-]{0,63}$/,
  bars: /^-?\d{1,14}$/,
  corporateActions: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]) \d{1,15}$/,
  ingestionDays: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]) \S{1,16} .{1,128}$/,
  models: /^[\w.-]{1,128}@\d{1,9}$/,
  signals: /^\d{1,14} [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
} as const;
type ListName = keyof typeof KEYS;

/**
 * Cursor of an ordered list: the name of the list and the key of a row. It grants nothing that the list does not show anyway, so it is
 * not authenticated, unlike the cursors of a stream; one of another list is refused.
 */
export function encodeKey(list: ListName, key: string): string {
  return Buffer.from(JSON.stringify([1, list, key])).toString('base64url');
}

export function decodeKey(list: ListName, cursor: string | null): string | null {
  if (cursor === null) return null;
  try {
    const content: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const [version, name, key] = Array.isArray(content) ? content : [];
    const isKey = version === 1 && name === list && typeof key === 'string' && KEYS[list].test(key);
    // A place has one spelling: base64 and JSON would read several.
    if (isKey && encodeKey(list, key) === cursor) return key;
  } catch {
    // Not JSON: refused below like every other text that we did not make.
  }
  throw new UserError('BAD_CURSOR', `cursor is ${quote(cursor)}, expected a cursor of ${list} as it was received`);
}
