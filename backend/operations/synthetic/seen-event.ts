/** As much of an event as is verified. */
export type SeenEvent = {
  readonly epoch: string;
  readonly seq: number;
  readonly hash: string;
  readonly prevHash: string;
  /** When it was published, in ms since 1970; null for an event of another kind, and of data that plays at another time. */
  readonly publishedAt: number | null;
};

/** Reads an event of an answer; throws a TypeError where it is none. */
export function readEvent(value: unknown): SeenEvent {
  const { epoch, seq, hash, prevHash } = fields(value);
  if (typeof epoch !== 'string' || typeof seq !== 'number' || typeof hash !== 'string' || typeof prevHash !== 'string')
    throw new TypeError('The service sent an event without place or hash');
  return { epoch, seq, hash, prevHash, publishedAt: publishedAt(fields(value)) };
}

/** Only data that is live happens at the time that its events tell. */
function publishedAt({ type, occurredAt, signal }: Fields): number | null {
  const { provenance } = fields(signal);
  const isLive = Array.isArray(provenance) && provenance.every((one) => fields(one)['provenance'] === 'LIVE');
  return isLive && type === 'PUBLISHED' && typeof occurredAt === 'string' ? Date.parse(occurredAt) : null;
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
