import type { CursorCodec } from '../../log/cursor.ts';
import { CONSUMER_TOO_SLOW, type Problem, REAUTHENTICATE, SHUTTING_DOWN } from '../stream-item.ts';
import { Broadcast } from './broadcast.ts';
import { CatchUp, type CatchUpContext } from './catch-up.ts';
import { Feed, PAGE } from './feed.ts';
import { type Dismissal, type GatewaySubscription, type GroupSpec, Member } from './group.ts';
import { Groups } from './groups.ts';
import { farewell } from './items.ts';
import { type Place, Places, type Start } from './place.ts';
import type { GatewayPorts, Outlet } from './ports.ts';
import { type Looked, Tail } from './tail.ts';

export type GatewayOptions = GatewayPorts & {
  readonly stream: string;
  readonly codec: CursorCodec;
  /** How often the log is looked at when nobody says that it has grown. */
  readonly pollMs: number;
  /** The longest silence of a subscription. */
  readonly checkpointMs: number;
};

export type SubscribeRequest = Start & {
  readonly maxBatch: number;
  readonly group: GroupSpec;
};

/**
 * All subscriptions to one stream in this process. One loop reads the log; what it finds is executed and serialised once for each group of
 * subscriptions that get the same bytes, and only for groups whose filter can match. Whoever is not at the head is served by its place.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #context: CatchUpContext;
  readonly #feed: Feed;
  readonly #groups: Groups;
  readonly #broadcast: Broadcast;
  readonly #places: Places;
  readonly #tail: Tail;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isEmpty = false;
  constructor(options: GatewayOptions) {
    this.#options = options;
    const feed = new Feed(options.reader);
    const dismissal: Dismissal = {
      leave: (member) => groups.leave(member),
      dismiss: (member, why, comeBackAfterMs) => this.#dismiss(member, why, comeBackAfterMs),
    };
    const groups = new Groups({ ...options, dismissal });
    this.#feed = feed;
    this.#groups = groups;
    this.#context = { ...options, feed };
    const serve = (member: Member, place: Place): void => void this.#serve(member, place);
    this.#broadcast = new Broadcast({ ...options, feed, groups, serve });
    this.#tail = new Tail({ ...options, look: () => this.#look() });
    const nextLook = () => this.#tail.nextLook();
    this.#places = new Places({ ...options, feed, nextLook, lookedAt: () => this.#lookedAt });
  }

  get groups(): number {
    return this.#groups.size;
  }

  /** Groups that every event is tried on. */
  get scanned(): number {
    return this.#groups.scanned;
  }

  /** Begins to send to the outlet, not before it has answered. Throws BadCursor. What else is wrong the client is told as a problem, or as the error of its subscription. */
  subscribe(request: SubscribeRequest, outlet: Outlet): GatewaySubscription {
    const start = this.#places.read(request, request.group.filterHash);
    const group = this.#groups.enter(request.group);
    const member = new Member(group, outlet, request.maxBatch);
    void this.#serve(member, this.#places.find(start, group, request.after));
    return member;
  }

  /** Ends the loop. Subscriptions are the business of who opened them. */
  close(): Promise<void> {
    return this.#tail.close();
  }

  async #serve(member: Member, start: Place | Promise<Problem | Place>): Promise<void> {
    try {
      const found = await start;
      if (member.hasLeft) return;
      if ('at' in found) return await new CatchUp(this.#context, member, found).run();
      const payload = await member.group.render(found);
      if (member.hasLeft) return;
      member.outlet.next(payload, null);
      this.#options.flush();
      member.outlet.complete();
    } catch (error) {
      if (!member.hasLeft) member.outlet.fail(error);
    }
  }

  async #dismiss(member: Member, why: keyof typeof WHY, retryAfterMs: number): Promise<void> {
    if (member.hasLeft) return;
    const { group, outlet } = member;
    this.#groups.leave(member);
    if (why === 'CONSUMER_TOO_SLOW') this.#options.watch.slow();
    const payload = await group.render(farewell(group, WHY[why], this.#feed.head, retryAfterMs));
    outlet.next(payload, null);
    this.#options.flush();
  }

  /** One look at the log, and what follows from it. */
  async #look(): Promise<Looked> {
    const { generation } = this.#feed;
    const lookedAt = this.#options.wallClock.now();
    const trace = this.#options.trace ?? null;
    const began = trace?.now() ?? 0;
    let failure: Looked['failure'] = null;
    let isMore = false;
    try {
      const events = await this.#feed.read();
      this.#lookedAt = lookedAt;
      isMore = events.length === PAGE || this.#feed.generation !== generation;
      this.#isEmpty = events.length === 0;
      for (const group of this.#groups) group.forget();
      this.#scatterAfter(generation);
      const readAt = trace?.now() ?? 0;
      const executedAt = await this.#broadcast.deliver(events);
      trace?.delivered({ events, lookedAt: began, readAt, executedAt, writtenAt: trace.now() });
    } catch (error) {
      this.#options.onFailure(error);
      failure = { error };
      // A look can fail after it has found another stream.
      this.#scatterAfter(generation);
    }
    await this.#broadcast.giveSigns();
    return { failure, isMore, isEmpty: this.#isEmpty, head: this.#feed.live ? this.#feed.head.seq : null };
  }

  /** When the stream is not the one that it was: nobody's place is known any more. */
  #scatterAfter(generation: number): void {
    if (this.#feed.generation !== generation) this.#broadcast.scatterAll();
  }
}

const WHY = { REAUTHENTICATE, SHUTTING_DOWN, CONSUMER_TOO_SLOW };
