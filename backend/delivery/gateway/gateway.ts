import type { CursorCodec } from '../../log/cursor.ts';
import { type Problem, REAUTHENTICATE, SHUTTING_DOWN } from '../stream-item.ts';
import { Broadcast } from './broadcast.ts';
import { CatchUp, type CatchUpContext } from './catch-up.ts';
import { Feed, PAGE } from './feed.ts';
import { type GroupSpec, Member } from './group.ts';
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

export interface GatewaySubscription {
  /** The client wants no more. */
  leave(): void;
  /** Tells the client why its connection is about to end, and nothing after it. Resolves when that was handed over. */
  farewell(why: 'REAUTHENTICATE' | 'SHUTTING_DOWN', comeBackWithinMs: number): Promise<void>;
}

type Why = Parameters<GatewaySubscription['farewell']>[0];

type Dismissal = {
  readonly leave: (member: Member) => void;
  readonly dismiss: (member: Member, why: Why, comeBackWithinMs: number) => Promise<void>;
};

/** There is one for each subscriber, and it keeps nothing of what was asked. */
class Subscribed implements GatewaySubscription {
  readonly #member: Member;
  readonly #dismissal: Dismissal;

  constructor(member: Member, dismissal: Dismissal) {
    this.#member = member;
    this.#dismissal = dismissal;
  }

  leave(): void {
    this.#dismissal.leave(this.#member);
  }

  farewell(why: Why, comeBackWithinMs: number): Promise<void> {
    return this.#dismissal.dismiss(this.#member, why, comeBackWithinMs);
  }
}

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
  readonly #dismissal: Dismissal = {
    leave: (member) => this.#groups.leave(member),
    dismiss: (member, why, comeBackWithinMs) => this.#dismiss(member, why, comeBackWithinMs),
  };

  constructor(options: GatewayOptions) {
    this.#options = options;
    const feed = new Feed(options.reader);
    const groups = new Groups(options);
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
    return new Subscribed(member, this.#dismissal);
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

  async #dismiss(member: Member, why: Why, withinMs: number): Promise<void> {
    if (member.hasLeft) return;
    const { group, outlet } = member;
    this.#groups.leave(member);
    const words = why === 'REAUTHENTICATE' ? REAUTHENTICATE : SHUTTING_DOWN;
    const retryAfterMs = Math.round(withinMs * this.#options.random());
    const payload = await group.render(farewell(group, words, this.#feed.head, retryAfterMs));
    outlet.next(payload, null);
    this.#options.flush();
  }

  /** One look at the log, and what follows from it. */
  async #look(): Promise<Looked> {
    const { generation } = this.#feed;
    const lookedAt = this.#options.wallClock.now();
    let failure: Looked['failure'] = null;
    let isMore = false;
    try {
      const events = await this.#feed.read();
      this.#lookedAt = lookedAt;
      isMore = events.length === PAGE || this.#feed.generation !== generation;
      this.#isEmpty = events.length === 0;
      for (const group of this.#groups) group.forget();
      this.#scatterAfter(generation);
      await this.#broadcast.deliver(events);
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
