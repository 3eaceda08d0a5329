import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { quote, UserError } from '../platform/errors.ts';
import type { Position } from './event.ts';

/** What a cursor says: a position in each stream that the client follows (one today) and the filter that it was made under. */
export type CursorContent = {
  readonly positions: Readonly<Record<string, Position>>;
  /** Hash of the normalised filter; a cursor of another filter does not continue this one. */
  readonly filterHash: string;
};

export class BadCursor extends UserError {
  constructor(name: string, value: string) {
    super('BAD_CURSOR', `${name} is ${quote(value)}, expected a cursor of this service exactly as it was received`);
    this.name = 'BadCursor';
  }
}

const VERSION = 1;
const KEY_ID = '1';
const MAC_BYTES = 12;

/**
 * Opaque, versioned, authenticated cursors: base64url of `{v, kid, positions, filterHash}` and a truncated HMAC-SHA-256 over that text, so
 * that a place has one spelling. A cursor holds nothing of the subscriber, so any process with the same key understands it.
 */
export class CursorCodec {
  // Of plain bytes Node would make a key each time, which takes four times as long as to sign.
  readonly #key: KeyObject;

  constructor(secret: string) {
    this.#key = createSecretKey(createHash('sha256').update(`heliograph cursor ${KEY_ID} ${secret}`).digest());
  }

  encode(content: CursorContent): string {
    const positions = Object.entries(content.positions).map(([stream, { epoch, seq }]) => [stream, epoch, seq]);
    const payload = Buffer.from(JSON.stringify([VERSION, KEY_ID, positions, content.filterHash])).toString('base64url');
    return `${payload}.${this.#mac(payload)}`;
  }

  /** Throws BadCursor, which says that `name` is wrong, for anything that this service did not make. */
  decode(cursor: string, name = 'after'): CursorContent {
    const [payload, mac, more] = cursor.length <= 1024 ? cursor.split('.') : [];
    if (payload === undefined || mac === undefined || more !== undefined) throw new BadCursor(name, cursor);
    if (!isSame(mac, this.#mac(payload))) throw new BadCursor(name, cursor);
    const [version, , positions, filterHash] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [
      number,
      string,
      [string, string, number][],
      string,
    ];
    if (version !== VERSION) throw new BadCursor(name, cursor);
    return {
      positions: Object.fromEntries(positions.map(([stream, epoch, seq]) => [stream, { epoch, seq }])),
      filterHash,
    };
  }

  #mac(payload: string): string {
    return createHmac('sha256', this.#key).update(payload).digest().subarray(0, MAC_BYTES).toString('base64url');
  }
}

/** Texts are compared, not the bytes that they stand for: base64 reads several texts as the same bytes. */
function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
