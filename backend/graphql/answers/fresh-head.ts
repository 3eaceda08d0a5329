/** Names the head of a log: (epoch, seq) as text. */
export type ReadHead = () => Promise<string>;

type Tell = (head: string | null) => void;

/** From so many on who waited for one reading, the next one waits for more of them: so long, in ms. */
const CROWD = { least: 8, waitMs: 2 } as const;

/**
 * Answers where the head is at a moment after it was asked, never before: whoever has seen an event, on whatever process, and then asks here,
 * is told of a head that is at least that event. All who ask while one reading is on its way share the next.
 */
export class FreshHead {
  readonly #readHead: ReadHead;
  #waiting: Tell[] = [];
  #isBusy = false;

  constructor(readHead: ReadHead) {
    this.#readHead = readHead;
  }

  /** Null when the head cannot be read; never rejects. */
  read(): Promise<string | null> {
    return new Promise((tell) => {
      this.#waiting.push(tell);
      if (this.#isBusy) return;
      this.#isBusy = true;
      // Those whose requests came in the same turn of the event loop ask before it begins.
      setImmediate(this.#next);
    });
  }

  // Not a loop that awaits: its frame would outlive the young generation, and every request that it has ever told with it (measured).
  readonly #next = (): void => {
    const told = this.#waiting;
    this.#waiting = [];
    this.#isBusy = told.length > 0;
    if (!this.#isBusy) return;
    const tellAll = (head: string | null): void => {
      for (const tell of told) tell(head);
      if (told.length < CROWD.least) setImmediate(this.#next);
      else setTimeout(this.#next, CROWD.waitMs);
    };
    this.#readHead().then(tellAll, () => tellAll(null));
  };
}
