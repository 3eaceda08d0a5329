import { createHash, type Hash } from 'node:crypto';

/** What the chain is made of. */
export type Link = { readonly seq: number; readonly body: string; readonly prevHash: Buffer; readonly hash: Buffer };

/** A place in the chain: the event `seq` has this hash. */
export type ChainPlace = { readonly seq: number; readonly hash: Buffer };

/** Before the first event of a stream. */
export const GENESIS: ChainPlace = { seq: 0, hash: Buffer.alloc(32) };

/** Recomputes the chain of a stream event by event: hash = sha256(previous hash || seq as 8 bytes, big-endian || body). */
export class ChainCheck {
  seq: number;
  hash: Buffer;
  events = 0;
  /** The first thing found wrong, in words. */
  fault: string | null = null;
  readonly #bodies: Hash = createHash('sha256');

  constructor(start: ChainPlace) {
    this.seq = start.seq;
    this.hash = start.hash;
  }

  take(link: Link): void {
    const [before, hashBefore] = [this.seq, this.hash];
    this.seq = link.seq;
    this.hash = hashOf(hashBefore, link);
    this.events += 1;
    this.#bodies.update(link.body);
    if (this.fault !== null) return;
    if (link.seq !== before + 1) this.fault = `seq ${before + 1} is missing: ${before} is followed by ${link.seq}`;
    else if (!this.hash.equals(link.hash))
      this.fault = `the hash of seq ${link.seq} does not match its body and the event before`;
    else if (!hashBefore.equals(link.prevHash))
      this.fault = `seq ${link.seq} names another hash than that of the event before`;
  }

  /** SHA-256 over the bodies so far, hexadecimal. */
  bodiesSha256(): string {
    return this.#bodies.copy().digest('hex');
  }
}

function hashOf(previous: Buffer, { seq, body }: Link): Buffer {
  const place = Buffer.alloc(8);
  place.writeBigInt64BE(BigInt(seq));
  return createHash('sha256').update(previous).update(place).update(body).digest();
}
