/**
 * Tells readers that a stream has grown. It carries a number and never a payload, it may lose a call, and nobody may rely on it: readers
 * look at the log after a wake-up or after their poll interval, whichever comes first.
 */
export interface WakeUp {
  /** An event with this seq is committed. */
  notify(stream: string, seq: number): void;
  /** Resolves when a seq beyond `seq` was announced (Infinity: not at all), after `timeoutMs`, or when `signal` is aborted; never rejects. */
  wait(stream: string, seq: number, timeoutMs: number, signal: AbortSignal): Promise<void>;
}

type Waiter = { readonly seq: number; readonly resolve: () => void };

/** Wake-ups between writers and readers of one process. */
export class InProcessWakeUp implements WakeUp {
  readonly #newest = new Map<string, number>();
  readonly #waiters = new Map<string, Set<Waiter>>();

  notify(stream: string, seq: number): void {
    if (seq <= (this.#newest.get(stream) ?? 0)) return;
    this.#newest.set(stream, seq);
    for (const waiter of this.#waiters.get(stream) ?? []) if (seq > waiter.seq) waiter.resolve();
  }

  async wait(stream: string, seq: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if ((this.#newest.get(stream) ?? 0) > seq || signal.aborted) return;
    const waiters = this.#waiters.get(stream) ?? new Set();
    this.#waiters.set(stream, waiters);
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { seq, resolve };
    waiters.add(waiter);
    const timer = setTimeout(resolve, timeoutMs);
    const wake = (): void => resolve();
    signal.addEventListener('abort', wake);
    await promise;
    clearTimeout(timer);
    // A subscription waits thousands of times on one signal.
    signal.removeEventListener('abort', wake);
    waiters.delete(waiter);
  }
}
