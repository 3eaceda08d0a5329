import { HISTORY_STRIDE, STATE_STRIDE } from './slot-state.ts';

/** The memory of all instruments of an engine: 14 KiB each, in three arrays that double when they are full. */
export class SlotTable {
  /** Bars accepted so far, by slot. */
  counts: Int32Array;
  /** Records of STATE_STRIDE doubles. */
  state: Float64Array;
  /** Records of HISTORY_STRIDE doubles. */
  history: Float64Array;
  readonly #slots = new Map<string, number>();

  constructor(capacity: number) {
    this.counts = new Int32Array(capacity);
    this.state = new Float64Array(capacity * STATE_STRIDE);
    this.history = new Float64Array(capacity * HISTORY_STRIDE);
  }

  find(instrumentId: string): number | undefined {
    return this.#slots.get(instrumentId);
  }

  /** A new slot is all zeros. */
  add(instrumentId: string): number {
    const slot = this.#slots.size;
    if (slot === this.counts.length) this.#grow(Math.max(1, slot * 2));
    this.#slots.set(instrumentId, slot);
    return slot;
  }

  /** For messages: it searches. */
  nameOf(slot: number): string | undefined {
    return [...this.#slots.keys()][slot];
  }

  #grow(capacity: number): void {
    const { counts, state, history } = this;
    this.counts = new Int32Array(capacity);
    this.state = new Float64Array(capacity * STATE_STRIDE);
    this.history = new Float64Array(capacity * HISTORY_STRIDE);
    this.counts.set(counts);
    this.state.set(state);
    this.history.set(history);
  }
}
