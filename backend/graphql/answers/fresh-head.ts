/** Names the head of a log: (epoch, seq) as text. */
export type ReadHead = () => Promise<string>;

/**
 * Answers where the head is at a moment after it was asked, never before: whoever has seen an event, on whatever process, and then asks here,
 * is told of a head that is at least that event. All who ask while one reading is on its way share the next.
 */
export class FreshHead {
  readonly #readHead: ReadHead;
  #running: Promise<string | null> | null = null;
  #next: Promise<string | null> | null = null;

  constructor(readHead: ReadHead) {
    this.#readHead = readHead;
  }

  /** Null when the head cannot be read; never rejects. */
  read(): Promise<string | null> {
    this.#next ??= this.#begin(this.#running);
    return this.#next;
  }

  async #begin(before: Promise<string | null> | null): Promise<string | null> {
    await before;
    // Those whose requests came in the same turn of the event loop ask before it begins.
    await new Promise((resolve) => setImmediate(resolve));
    this.#running = this.#next;
    this.#next = null;
    return this.#readHead().catch(() => null);
  }
}
