/**
 * Events on their way from a socket to one reader. It has no bound of its own: who fills it is told when to stop (`onFull`) and when to go
 * on (`onRoom`), so that a slow reader slows the sender down instead of filling the memory.
 */
export class EventQueue<Event> {
  readonly #most: number;
  readonly #onFull: () => void;
  readonly #onRoom: () => void;
  #events: Event[] = [];
  /** Index of the next one to be read. */
  #head = 0;
  #full = false;
  #failure: { readonly error: unknown } | null = null;
  #wake: () => void = () => {};

  constructor(options: { readonly most: number; readonly onFull: () => void; readonly onRoom: () => void }) {
    this.#most = options.most;
    this.#onFull = options.onFull;
    this.#onRoom = options.onRoom;
  }

  get full(): boolean {
    return this.#full;
  }

  /** Events that nobody has read yet. */
  get size(): number {
    return this.#events.length - this.#head;
  }

  push(event: Event): void {
    this.#events.push(event);
    if (!this.#full && this.#events.length - this.#head >= this.#most) {
      this.#full = true;
      this.#onFull();
    }
    this.#wake();
  }

  /** Thrown to the reader once it has read what is there. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  /** Throws the signal's reason when it is aborted. */
  async next(signal: AbortSignal): Promise<Event> {
    while (this.#head === this.#events.length && this.#failure === null) {
      signal.throwIfAborted();
      await this.#change(signal);
    }
    signal.throwIfAborted();
    const event = this.#events[this.#head];
    if (event === undefined) throw this.#failure?.error;
    this.#advance();
    return event;
  }

  #advance(): void {
    this.#head += 1;
    if (this.#head === this.#events.length || this.#head >= 1_024) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
    if (this.#full && this.#events.length - this.#head <= this.#most / 2) {
      this.#full = false;
      this.#onRoom();
    }
  }

  async #change(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const onAbort = () => resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    await promise;
    signal.removeEventListener('abort', onAbort);
  }
}
