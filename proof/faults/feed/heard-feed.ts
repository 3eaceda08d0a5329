import type { LiveEvent, LiveFeed } from '../../../backend/market-data/live/feed.ts';

/** A feed, and a record of when what was heard of it. */
export class HeardFeed implements LiveFeed {
  readonly clock: LiveFeed['clock'];
  readonly facts: LiveFeed['facts'];
  /** When new bars came by the stream, ms. */
  readonly bars: number[] = [];
  readonly told: Exclude<LiveEvent, { kind: 'BAR' | 'REFUSED' }>[] = [];
  refused = 0;
  readonly #feed: LiveFeed;

  constructor(feed: LiveFeed) {
    this.#feed = feed;
    this.clock = feed.clock;
    this.facts = feed.facts;
  }

  clockError(): number {
    return this.#feed.clockError();
  }

  open(signal: AbortSignal): Promise<void> {
    return this.#feed.open(signal);
  }

  async *events(signal: AbortSignal): AsyncGenerator<LiveEvent> {
    for await (const event of this.#feed.events(signal)) {
      if (event.kind === 'BAR') this.#note(event.at, event.bar.barEnd);
      else if (event.kind === 'REFUSED') this.refused += 1;
      else this.told.push(event);
      yield event;
    }
  }

  /** The server corrects a bar half a minute after its end: that is no new bar. */
  #note(at: number, barEnd: number): void {
    const delay = at - barEnd;
    if (delay < 30_000 || delay >= 31_000) this.bars.push(at);
  }

  history(...request: Parameters<LiveFeed['history']>): ReturnType<LiveFeed['history']> {
    return this.#feed.history(...request);
  }

  isPassing(error: unknown): boolean {
    return this.#feed.isPassing(error);
  }

  status(): ReturnType<LiveFeed['status']> {
    return this.#feed.status();
  }

  close(): Promise<void> {
    return this.#feed.close();
  }
}
