export type TurnsOptions = {
  /** ms, growing. */
  readonly now: () => number;
  /** Calls when the event loop has looked at its sockets again. */
  readonly later: (run: () => void) => void;
};

/** So long work that has come may go on before others have a turn, ms. */
const SLICE_MS = 10;
/** After so long without any, what comes begins a new slice, ms. */
const PAUSE_MS = 2;

/**
 * Lets a crowd in a few at a time. Node takes what has come over all its sockets before it looks for more, so a thousand requests at once would
 * keep a probe and whoever else comes waiting until the last of them has been begun. In order, and for nothing while there is no crowd.
 */
export class Turns {
  readonly #options: TurnsOptions;
  #waiting: (() => void)[] = [];
  #begin = 0;
  #last = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** Call before a piece of work. Null where it may begin at once, else it resolves when it may. */
  next(): Promise<void> | null {
    const now = this.#options.now();
    if (now - this.#last > PAUSE_MS) this.#begin = now;
    this.#last = now;
    if (this.#waiting.length === 0 && now - this.#begin <= SLICE_MS) return null;
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#waiting.push(resolve) === 1) this.#options.later(this.#letIn);
    return promise;
  }

  /** One for each look at the sockets: what it does is done before the next one. */
  readonly #letIn = (): void => {
    this.#waiting.shift()?.();
    this.#begin = this.#options.now();
    if (this.#waiting.length > 0) this.#options.later(this.#letIn);
  };
}
