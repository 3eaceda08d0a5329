import type { Position } from '../../log/event.ts';
import { resolvePosition } from '../../log/resolve-position.ts';
import { CONSUMER_TOO_SLOW, type Problem, type StreamItem } from '../stream-item.ts';
import type { Feed } from './feed.ts';
import type { Found, Member } from './group.ts';
import { batches, checkpoint, cursorOf, farewell, placeProblem } from './items.ts';
import { findPage } from './page.ts';
import type { Place } from './place.ts';
import type { GatewayPorts } from './ports.ts';

export type CatchUpContext = GatewayPorts & {
  readonly feed: Feed;
  readonly pollMs: number;
  readonly checkpointMs: number;
};

/** Above this a client is sent nothing more until it has taken some. */
export const WATERMARK_BYTES = 256 * 1024;
const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 250;

/**
 * Serves one member by its place, a page of the log after the other, as fast as it takes them: after it came back, after it was slow, after a
 * restore. At the head of the stream it joins its group. Holds one page and never a queue.
 */
export class CatchUp {
  readonly #context: CatchUpContext;
  readonly #member: Member;
  #at: Position;
  #cursor: string | null;
  #generation: number;
  #toldLive: boolean | null = null;
  #lastItemAt = 0;
  #isGivenUp = false;

  constructor(context: CatchUpContext, member: Member, { at, cursor, generation }: Place) {
    this.#context = context;
    this.#member = member;
    this.#at = at;
    this.#cursor = cursor;
    this.#generation = generation;
  }

  /** Resolves when the member has joined its group, or is over. */
  async run(): Promise<void> {
    const { feed } = this.#context;
    while (await this.#isReady()) {
      if (feed.generation !== this.#generation) {
        const found = await this.#findPlace();
        if (found === 'over') return;
        if (found === null) await this.#away();
        continue;
      }
      if (this.#at.seq === feed.head.seq) {
        if (this.#toldLive === feed.live) return this.#join();
        await this.#tell(this.#checkpoint(feed.live));
        continue;
      }
      const found = await this.#read();
      if (found === 'over') return;
      if (found === null) await this.#away();
      else await this.#serve(found);
    }
  }

  /** Whether there is somebody who takes the next item. */
  async #isReady(): Promise<boolean> {
    const { outlet } = this.#member;
    if (this.#isGivenUp) return false;
    if (outlet.waiting <= WATERMARK_BYTES || this.#member.hasLeft) return !this.#member.hasLeft;
    let late = false;
    const stop = this.#context.timers.after(PATIENCE_MS, () => {
      late = true;
    });
    outlet.onDrained(() => this.#member.wake?.());
    while (outlet.waiting > WATERMARK_BYTES && !this.#member.hasLeft && !late) await this.#pause(LOOK_EVERY_MS);
    stop();
    if (this.#member.hasLeft) return false;
    if (outlet.waiting <= WATERMARK_BYTES) return true;
    await this.#giveUp();
    return false;
  }

  /** Its place in the present incarnation of the stream. It is told when it has none; null while the database is away and that is not known. */
  async #findPlace(): Promise<'found' | 'over' | null> {
    const { feed } = this.#context;
    const { generation } = feed;
    let state = feed.lastState;
    let place = resolvePosition(state, this.#at);
    // The feed may have looked before whoever found this place did: what is told as a reason to give up is looked up first.
    if (typeof place !== 'number') {
      const now = await feed.state().catch(this.#failed);
      if (now === null) return null;
      state = now;
      place = resolvePosition(state, this.#at);
    }
    if (typeof place !== 'number') {
      await this.#end(placeProblem(this.#member.group, place, state));
      return 'over';
    }
    this.#generation = generation;
    this.#at = { epoch: state.head.epoch, seq: place };
    return 'found';
  }

  readonly #failed = (error: unknown): null => {
    this.#context.onFailure(error);
    return null;
  };

  /** The next page, what of it is wanted with all that it needs; null while the database is away. */
  async #read(): Promise<Found | 'over' | null> {
    const { feed } = this.#context;
    const { group } = this.#member;
    const { seq } = this.#at;
    try {
      const found = await group.page(feed.generation, seq, () => findPage(this.#context, group, this.#at));
      // An incarnation that is not known here yet: the feed will come upon it, too.
      if (found === null) return null;
      if (found.first === seq + 1) return found;
      if (feed.generation !== this.#generation) return { ...found, events: null };
      const state = await feed.state();
      const place = resolvePosition(state, this.#at);
      // What is missing may have been on its way when the page was read.
      if (typeof place === 'number') return { ...found, events: null };
      await this.#end(placeProblem(group, place, state));
      return 'over';
    } catch (error) {
      this.#context.onFailure(error);
      return null;
    }
  }

  async #serve({ end, events }: Found): Promise<void> {
    const { group, maxBatch } = this.#member;
    if (events === null) return;
    if (events.length === 0) {
      this.#at = end;
      return this.#tell(this.#checkpoint(false));
    }
    const now = this.#context.wallClock.now();
    const items = batches({ events, maxBatch, previousCursor: this.#cursor, end: group.cursor(end), now });
    for (const [index, item] of items.entries()) {
      if (index > 0 && !(await this.#isReady())) return;
      const newest = item.events.at(-1)?.event ?? end;
      this.#at = index === items.length - 1 ? end : { epoch: newest.epoch, seq: newest.seq };
      await this.#tell(item);
      this.#context.watch.sent(1, item.events.length, item.lagMs, item.events.at(-1)?.event);
    }
    this.#toldLive = false;
  }

  /** The database is away: said at once, and again before the silence grows too long. */
  async #away(): Promise<void> {
    const { pollMs, checkpointMs, wallClock } = this.#context;
    const silentMs = wallClock.now() - this.#lastItemAt;
    if (this.#toldLive !== false || silentMs >= checkpointMs - pollMs) await this.#tell(this.#checkpoint(false));
    await this.#pause(Math.min(pollMs, checkpointMs));
  }

  /** Sends when there is room for it. */
  async #tell(item: StreamItem): Promise<void> {
    await this.#member.outlet.inTurn(async () => {
      if (await this.#isReady()) await this.#put(item);
    });
  }

  async #put(item: StreamItem): Promise<void> {
    const payload = await this.#member.group.render(item);
    if (this.#member.hasLeft) return;
    const cursor = cursorOf(item);
    this.#member.outlet.next(payload, cursor);
    this.#context.flush();
    this.#cursor = cursor ?? this.#cursor;
    this.#lastItemAt = this.#context.wallClock.now();
    if (item.kind === 'checkpoint') this.#toldLive = item.live;
    await this.#context.timers.turn();
  }

  #checkpoint(live: boolean): StreamItem {
    const { feed, wallClock } = this.#context;
    const at = { place: this.#at, head: feed.head, live, now: wallClock.now() };
    return checkpoint(this.#member.group, this.#cursor, at);
  }

  #join(): void {
    const { group } = this.#member;
    const cursor = this.#cursor ?? group.cursor(this.#at);
    group.join(this.#member, {
      ...{ place: this.#at, cursor, lastItemAt: this.#lastItemAt },
      toldLive: this.#toldLive ?? false,
    });
  }

  async #giveUp(): Promise<void> {
    this.#context.watch.slow();
    this.#isGivenUp = true;
    await this.#put(farewell(this.#member.group, CONSUMER_TOO_SLOW, this.#context.feed.head, 0));
    this.#member.outlet.tooSlow();
  }

  async #end(problem: Problem): Promise<void> {
    await this.#tell(problem);
    if (!this.#member.hasLeft) this.#member.outlet.complete();
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = this.#context.timers.after(ms, resolve);
    this.#member.wake = resolve;
    await promise;
    stop();
    this.#member.wake = null;
  }
}
