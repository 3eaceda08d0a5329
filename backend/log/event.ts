/** The stream that every client may read. One stream an audience; the public one comes first. */
export const PUBLIC_STREAM = 'public';

/** An event before it has its place in the log. `body` is canonical JSON text: these bytes are hashed and never rewritten. */
export type NewEvent = {
  readonly kind: string;
  readonly schemaVersion: number;
  /** ms since 1970, by the clock of the data. */
  readonly occurredAt: number;
  readonly body: string;
};

/** An event in the log. Identity is (epoch, seq); seq is gapless within a stream. */
export type LoggedEvent = NewEvent & {
  readonly stream: string;
  readonly epoch: string;
  readonly seq: number;
  /** ms since 1970, by the database's clock. */
  readonly recordedAt: number;
  /** Hash of the event before, hexadecimal; zeros for the first. */
  readonly prevHash: string;
  /** SHA-256 of the previous hash, the seq as 8 bytes (big-endian) and the body; hexadecimal. */
  readonly hash: string;
};

/** A place in a stream: after the event `seq` of the incarnation `epoch`. */
export type Position = { readonly epoch: string; readonly seq: number };
