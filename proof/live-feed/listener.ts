import { setTimeout } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** What can be listened to: a stream, or a feed. */
type Source<Event> = { readonly events: (signal: AbortSignal) => AsyncIterable<Event> };

/** Reads events as fast as they come, until the test is over. */
export class Listener<Event extends { readonly kind: string }> {
  readonly events: Event[] = [];
  /** What ended the reading. */
  readonly over: Promise<unknown>;
  readonly #abort = new AbortController();
  #seen = 0;

  constructor(source: Source<Event>) {
    this.over = this.#read(source);
    onTestFinished(() => this.close());
  }

  /** The next event of a kind, after those that were given before. */
  async next<Kind extends Event['kind']>(kind: Kind): Promise<Extract<Event, { kind: Kind }>> {
    for (let waited = 0; waited < 3_000; waited += 1) {
      for (; this.#seen < this.events.length; this.#seen += 1) {
        const event = this.events[this.#seen];
        if (event?.kind !== kind) continue;
        this.#seen += 1;
        return event as Extract<Event, { kind: Kind }>;
      }
      await setTimeout(1);
    }
    throw new Error(`no ${kind} came; there were ${this.events.map((event) => event.kind).join(', ')}`);
  }

  all<Kind extends Event['kind']>(kind: Kind): Extract<Event, { kind: Kind }>[] {
    return this.events.filter((event): event is Extract<Event, { kind: Kind }> => event.kind === kind);
  }

  async close(): Promise<void> {
    this.#abort.abort(new Error('the test is over'));
    await this.over;
  }

  async #read(source: Source<Event>): Promise<unknown> {
    try {
      for await (const event of source.events(this.#abort.signal)) this.events.push(event);
    } catch (error) {
      return error;
    }
    return undefined;
  }
}

/** Resolves when it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; waited < 3_000; waited += 1) {
    if (isSo()) return;
    await setTimeout(1);
  }
  throw new Error(`it was not so in 3 s: ${isSo}`);
}
