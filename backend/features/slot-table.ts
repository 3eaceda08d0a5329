import { newRecentBars, RECORD, type RecentBars, widen } from './recent-bars.ts';
import { newSlot, type Slot } from './slot.ts';

/** The memory of all instruments of an engine: 14 KiB each. */
export class SlotTable {
  readonly recent: RecentBars;
  readonly #slots = new Map<string, Slot>();

  constructor(capacity: number) {
    this.recent = newRecentBars(capacity);
  }

  find(instrumentId: string): Slot | undefined {
    return this.#slots.get(instrumentId);
  }

  add(instrumentId: string): Slot {
    const column = this.#slots.size * RECORD;
    if (column === this.recent.width) widen(this.recent);
    const slot = newSlot(instrumentId, column);
    this.#slots.set(instrumentId, slot);
    return slot;
  }
}
