import { InvalidInput } from '../errors.ts';

/**
 * Cursor of an ordered list: the name of the list and the key of a row. It grants nothing that the list does not show anyway, so it is
 * not authenticated, unlike the cursors of a stream; one of another list is refused.
 */
export function encodeKey(list: string, key: string): string {
  return Buffer.from(JSON.stringify([1, list, key])).toString('base64url');
}

export function decodeKey(list: string, cursor: string | null): string | null {
  if (cursor === null) return null;
  try {
    const content: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(content) && content[0] === 1 && content[1] === list && typeof content[2] === 'string')
      return content[2];
  } catch {
    // Not JSON: refused below like every other text that we did not make.
  }
  throw new InvalidInput('cursor', cursor, `a cursor of ${list} as it was received`);
}
