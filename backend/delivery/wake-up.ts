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
type Announcement = { readonly seq: number; readonly at: number };

/**
 * For so long an announcement spares those who come after it their wait. Longer than a reader is under way between its look at the log and its
 * wait; and not for ever, because a number may be wrong: a stream that was restored begins again below what was announced of it. ms
 */
const REMEMBERED_MS = 1_000;

/** Wake-ups between writers and readers of one process. */
export class InProcessWakeUp implements WakeUp {
  readonly #monotonic: () => number;
  readonly #newest = new Map<string, Announcement>();
  readonly #waiters = new Map<string, Set<Waiter>>();

  /** `monotonic`: milliseconds of a clock that never goes back. */
  constructor(monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
  }

  notify(stream: string, seq: number): void {
    if (seq <= this.#announced(stream)) return;
    this.#newest.set(stream, { seq, at: this.#monotonic() });
    for (const waiter of this.#waiters.get(stream) ?? []) if (seq > waiter.seq) waiter.resolve();
  }

  async wait(stream: string, seq: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.#announced(stream) > seq || signal.aborted) return;
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

  #announced(stream: string): number {
    const newest = this.#newest.get(stream);
    return newest !== undefined && this.#monotonic() - newest.at < REMEMBERED_MS ? newest.seq : 0;
  }
}
