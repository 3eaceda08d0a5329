/**
 * Remembers what takes long to make. Nobody may rely on it: a value may be gone at any time, and asking never throws and never takes long,
 * whatever has become of the place where values are kept.
 */
export interface Cache {
  /** The text that was kept under the key and is not too old; null for everything else. */
  get(key: string): Promise<string | null>;
  /** Keeps the text for so many ms. One of more than 262,144 bytes is not kept. */
  set(key: string, text: string, ttlMs: number): Promise<void>;
}

/** The longest text that a cache keeps, in bytes of UTF-8: a larger one would hold up those who wait behind it. */
export const LONGEST_TEXT = 256 * 1024;

export function isTooLong(text: string): boolean {
  return Buffer.byteLength(text) > LONGEST_TEXT;
}

type Entry = { readonly text: string; readonly bytes: number; readonly until: number };

export type InProcessCacheOptions = {
  /** Of keys and texts together; what was used longest ago goes first. */
  readonly bytes: number;
  /** Milliseconds of a clock that never goes back, like `performance.now`. */
  readonly monotonic: () => number;
};

/** Values of this process alone. */
export class InProcessCache implements Cache {
  readonly #options: InProcessCacheOptions;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(options: InProcessCacheOptions) {
    this.#options = options;
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.#bytes;
  }

  async get(key: string): Promise<string | null> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    this.#drop(key, entry);
    if (entry.until <= this.#options.monotonic()) return null;
    this.#keep(key, entry);
    return entry.text;
  }

  async set(key: string, text: string, ttlMs: number): Promise<void> {
    const before = this.#entries.get(key);
    if (before !== undefined) this.#drop(key, before);
    const bytes = Buffer.byteLength(key) + Buffer.byteLength(text);
    if (ttlMs <= 0 || isTooLong(text) || bytes > this.#options.bytes) return;
    this.#keep(key, { text, bytes, until: this.#options.monotonic() + ttlMs });
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#options.bytes) return;
      this.#drop(oldest, entry);
    }
  }

  #keep(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
  }

  #drop(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}
