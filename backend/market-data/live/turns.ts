import { setImmediate } from 'node:timers/promises';
import { EventQueue } from './event-queue.ts';

const MOST_WAITING = 5_000;

/** Puts what several sources say into one order and gives it a turn at a time: all that is there at a moment. */
export class Turns<Item> {
  #room = Promise.withResolvers<void>();
  readonly #queue = new EventQueue<Item>({
    most: MOST_WAITING,
    onFull: () => {
      this.#room = Promise.withResolvers();
    },
    onRoom: () => this.#room.resolve(),
  });

  get waiting(): number {
    return this.#queue.size;
  }

  push(item: Item): void {
    this.#queue.push(item);
  }

  fail(error: unknown): void {
    this.#queue.fail(error);
  }

  /** Reads a source as fast as the turns are taken; what it throws is thrown to whoever takes them. */
  async pump(source: AsyncIterable<Item>): Promise<void> {
    try {
      for await (const item of source) {
        this.#queue.push(item);
        if (this.#queue.full) await this.#room.promise;
      }
    } catch (error) {
      this.#queue.fail(error);
      // Whoever waits for room waits in vain now.
      this.#room.resolve();
    }
  }

  /** Nobody takes any more: a source that waits for room is let go on to its end. */
  leave(): void {
    this.#room.resolve();
  }

  /** At least one item; throws the signal's reason when it is aborted, and the failure of a source once all that it said is read. */
  async take(signal: AbortSignal): Promise<readonly Item[]> {
    const items = [await this.#queue.next(signal)];
    // What one frame brought is moved here item by item: everything that is under way comes into the same turn.
    await setImmediate();
    while (this.#queue.size > 0) items.push(await this.#queue.next(signal));
    return items;
  }
}
