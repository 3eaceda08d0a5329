import type { WakeUp } from '../../backend/delivery/wake-up.ts';
import type { Random } from '../../backend/platform/random.ts';
import type { Bug } from './bugs.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Wake-ups between processes: they take their time, come twice, or not at all. */
export class Bus {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #ends = new Set<BusEnd>();
  isDown = false;

  constructor(time: VirtualTime, random: Random) {
    this.#time = time;
    this.#random = random;
  }

  announce(seq: number): void {
    for (const end of this.#ends) {
      const copies = this.isDown || this.#random.chance(0.1) ? 0 : this.#random.chance(0.1) ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1)
        this.#time.after(this.#random.integer(0, 20), () => end.notify('public', seq));
    }
  }

  connect(bug: Bug | null): BusEnd {
    const end = new BusEnd(this.#time, bug, () => this.#ends.delete(end));
    this.#ends.add(end);
    return end;
  }
}

type Waiter = { readonly seq: number; readonly resolve: () => void };

export class BusEnd implements WakeUp {
  readonly #time: VirtualTime;
  readonly #bug: Bug | null;
  readonly close: () => void;
  readonly #waiters = new Set<Waiter>();
  #newest = 0;

  constructor(time: VirtualTime, bug: Bug | null, close: () => void) {
    this.#time = time;
    this.#bug = bug;
    this.close = close;
  }

  notify(_stream: string, seq: number): void {
    this.#newest = Math.max(this.#newest, seq);
    for (const waiter of this.#waiters) if (seq > waiter.seq) waiter.resolve();
  }

  async wait(_stream: string, seq: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.#newest > seq || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { seq, resolve };
    this.#waiters.add(waiter);
    const stop = this.#bug === 'wake-up-trusted' ? () => undefined : this.#time.after(timeoutMs, resolve);
    const wake = (): void => resolve();
    signal.addEventListener('abort', wake);
    await promise;
    stop();
    signal.removeEventListener('abort', wake);
    this.#waiters.delete(waiter);
  }
}
