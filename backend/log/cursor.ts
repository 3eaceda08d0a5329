import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { UserError } from '../platform/errors.ts';
import type { Position } from './event.ts';

/** What a cursor says: a position in each stream that the client follows (one today) and the filter that it was made under. */
export type CursorContent = {
  readonly positions: Readonly<Record<string, Position>>;
  /** Hash of the normalised filter; a cursor of another filter does not continue this one. */
  readonly filterHash: string;
};

export class BadCursor extends UserError {
  constructor() {
    super('BAD_CURSOR', 'after is not a cursor of this service, expected a cursor exactly as it was received');
    this.name = 'BadCursor';
  }
}

const VERSION = 1;
const KEY_ID = '1';
const MAC_BYTES = 12;

/**
 * Opaque, versioned, authenticated cursors: base64url of `{v, kid, positions, filterHash}` and a truncated HMAC-SHA-256 over it. A cursor
 * holds nothing of the subscriber, so any process with the same key understands it.
 */
export class CursorCodec {
  readonly #key: Buffer;

  constructor(secret: string) {
    this.#key = createHash('sha256').update(`heliograph cursor ${KEY_ID} ${secret}`).digest();
  }

  encode(content: CursorContent): string {
    const positions = Object.entries(content.positions).map(([stream, { epoch, seq }]) => [stream, epoch, seq]);
    const payload = Buffer.from(JSON.stringify([VERSION, KEY_ID, positions, content.filterHash]));
    return `${payload.toString('base64url')}.${this.#mac(payload).toString('base64url')}`;
  }

  /** Throws BadCursor for anything that this service did not make. */
  decode(cursor: string): CursorContent {
    const [payloadText, macText, more] = cursor.length <= 1024 ? cursor.split('.') : [];
    if (payloadText === undefined || macText === undefined || more !== undefined) throw new BadCursor();
    const payload = Buffer.from(payloadText, 'base64url');
    const mac = Buffer.from(macText, 'base64url');
    if (mac.length !== MAC_BYTES || !timingSafeEqual(mac, this.#mac(payload))) throw new BadCursor();
    const [version, , positions, filterHash] = JSON.parse(payload.toString()) as [
      number,
      string,
      [string, string, number][],
      string,
    ];
    if (version !== VERSION) throw new BadCursor();
    return {
      positions: Object.fromEntries(positions.map(([stream, epoch, seq]) => [stream, { epoch, seq }])),
      filterHash,
    };
  }

  #mac(payload: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(payload).digest().subarray(0, MAC_BYTES);
  }
}
