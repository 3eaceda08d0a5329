/** What lies in a storage under a key. Keys are words with slashes between them. */
export type Stored = {
  readonly key: string;
  readonly bytes: number /** When it was whole, ms. */;
  readonly storedAt: number;
  /** Until when nobody can take it away, ms; null: whoever has the right can. Missing where the place knows no locks. */
  readonly lockedUntil?: number | null;
};

/**
 * Where backups go. Nothing is ever overwritten, and there is no way to take anything away: how long a backup is kept is up to whoever owns
 * the place (the rules of a bucket, or the person who owns a folder), so that whoever can write backups cannot destroy them.
 */
export interface BackupStorage {
  /** For a person: what kind of place, and where. */
  readonly description: string;
  /** Keeps all chunks under a key, or nothing: until it resolves there is nothing of that name. Throws AlreadyStored. */
  put(key: string, chunks: AsyncIterable<Buffer>): Promise<void>;
  /** Throws NotStored. */
  get(key: string): AsyncIterable<Buffer>;
  /** Whatever has a key that begins so, in the order of the keys. */
  list(prefix: string): Promise<readonly Stored[]>;
}

export class AlreadyStored extends Error {
  constructor(key: string) {
    super(`${key} is stored already, and nothing is overwritten`);
    this.name = 'AlreadyStored';
  }
}

export class NotStored extends Error {
  constructor(key: string) {
    super(`there is no ${key}`);
    this.name = 'NotStored';
  }
}

/** Throws for what would lead elsewhere, or be hidden. */
export function checkKey(key: string): void {
  if (!/^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)*$/.test(key)) throw new Error(`"${key}" is no key of a backup`);
}
