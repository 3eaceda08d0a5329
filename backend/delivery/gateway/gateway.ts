import type { CursorCodec } from '../../log/cursor.ts';
import type { StreamState } from '../../log/read.ts';
import { matches } from '../../signals/signal-filter.ts';
import { resolveStart, type StartRequest } from '../start.ts';
import { type Problem, REAUTHENTICATE, SHUTTING_DOWN, type StreamItem } from '../stream-item.ts';
import { CatchUp, type CatchUpContext, type Place, WATERMARK_BYTES } from './catch-up.ts';
import { Feed, idsOf, PAGE } from './feed.ts';
import { FilterIndex } from './filter-index.ts';
import { type Cohort, Group, type GroupSpec, Member } from './group.ts';
import { batches, checkpoint, cursorOf, farewell, placeProblem, streamed } from './items.ts';
import type { GatewayPorts, Outlet } from './ports.ts';
import type { ReadEvent } from './ring.ts';

export type GatewayOptions = GatewayPorts & {
  readonly stream: string;
  readonly codec: CursorCodec;
  /** How often the log is looked at when nobody says that it has grown. */
  readonly pollMs: number;
  /** The longest silence of a subscription. */
  readonly checkpointMs: number;
};

export type SubscribeRequest = {
  readonly after: string | null;
  readonly from: 'BEGINNING' | 'LIVE';
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

/** Somebody who waits for the next look at the log. */
type Looker = { readonly done: () => void; readonly failed: (error: unknown) => void };

/** So old the newest look at the log may be for what is new to begin there. */
const FRESH_MS = 20;
/** A timer may fire a little before its time by another clock. Taken for a wake-up it would make the next second deaf. */
const EARLY_MS = 10;

/**
 * All subscriptions to one stream in this process. One loop reads the log; what it finds is executed and serialised once for each group of
 * subscriptions that get the same bytes, and only for groups whose filter can match. Whoever is not at the head is served by its place.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #context: CatchUpContext;
  readonly #feed: Feed;
  readonly #groups = new Map<string, Group>();
  readonly #index = new FilterIndex<Group>();
  readonly #closed = new AbortController();
  #interrupt = new AbortController();
  #lookers: Looker[] = [];
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isEmpty = false;
  #running: Promise<void> | null = null;
  readonly #dismissal: Dismissal = {
    leave: (member) => this.#leave(member),
    dismiss: (member, why, comeBackWithinMs) => this.#dismiss(member, why, comeBackWithinMs),
  };

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#feed = new Feed(options.reader);
    this.#context = { ...options, feed: this.#feed };
  }

  get groups(): number {
    return this.#groups.size;
  }

  /** Groups that every event is tried on. */
  get scanned(): number {
    return this.#index.scanned;
  }

  /** Begins to send to the outlet. Throws BadCursor. What else is wrong the client is told as a problem, or as the error of its subscription. */
  subscribe(request: SubscribeRequest, outlet: Outlet): GatewaySubscription {
    const after = request.after === null ? null : this.#options.codec.decode(request.after);
    const group = this.#enter(request.group);
    const member = new Member(group, outlet, request.maxBatch);
    const start = { after, from: request.from, filterHash: group.spec.filterHash };
    void this.#serve(member, () => this.#placeOf(start, group, request.after));
    return new Subscribed(member, this.#dismissal);
  }

  /** Ends the loop. Subscriptions are the business of who opened them. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#interrupt.abort();
    await this.#running;
  }

  /** Where the client goes on from, or why it cannot. */
  async #placeOf(start: StartRequest, group: Group, cursor: string | null): Promise<Problem | Place> {
    const { stream } = this.#options;
    let state = await this.#stateFor(start);
    let seq = resolveStart(stream, state, start);
    // What is told to a client as a reason to give up is looked up first.
    if (typeof seq !== 'number') {
      state = await this.#feed.state();
      seq = resolveStart(stream, state, start);
    }
    if (typeof seq !== 'number') return placeProblem(group, seq, state);
    return { at: { epoch: state.head.epoch, seq }, cursor, generation: this.#feed.generation };
  }

  async #serve(member: Member, start: () => Promise<Problem | Place>): Promise<void> {
    try {
      const found = await start();
      if (member.hasLeft) return;
      if ('at' in found) return await this.#catchUp(member, found);
      const payload = await member.group.render(found);
      if (member.hasLeft) return;
      member.outlet.next(payload, null);
      this.#options.flush();
      member.outlet.complete();
    } catch (error) {
      if (!member.hasLeft) member.outlet.fail(error);
    }
  }

  #catchUp(member: Member, place: Place): Promise<void> {
    return new CatchUp(this.#context, member, place).run();
  }

  #enter(spec: GroupSpec): Group {
    const known = this.#groups.get(spec.key);
    const group = known ?? new Group(spec, this.#options);
    if (known === undefined) {
      this.#groups.set(spec.key, group);
      this.#index.add(group, spec.filter);
    }
    group.members += 1;
    return group;
  }

  #leave(member: Member): void {
    if (member.hasLeft) return;
    member.hasLeft = true;
    member.leaveCohort();
    member.wake?.();
    const { group } = member;
    group.members -= 1;
    if (group.members > 0) return;
    this.#groups.delete(group.spec.key);
    this.#index.delete(group);
  }

  async #dismiss(member: Member, why: Why, withinMs: number): Promise<void> {
    if (member.hasLeft) return;
    const { group, outlet } = member;
    this.#leave(member);
    const words = why === 'REAUTHENTICATE' ? REAUTHENTICATE : SHUTTING_DOWN;
    const retryAfterMs = Math.round(withinMs * this.#options.random());
    const payload = await group.render(farewell(group, words, this.#feed.head, retryAfterMs));
    outlet.next(payload, null);
    this.#options.flush();
  }

  /** The state of the stream, new enough for what is asked of it. Rejects while the database is away and that cannot be known. */
  async #stateFor({ after, from }: StartRequest): Promise<StreamState> {
    const position = after?.positions[this.#options.stream];
    if (position === undefined) {
      const isFresh = Math.abs(this.#options.wallClock.now() - this.#lookedAt) < FRESH_MS;
      // While the database is away what is new begins after what was read last: nothing newer can be had from here.
      if (!this.#feed.isOpen || (this.#feed.live && !isFresh)) await this.#nextLook();
      return from === 'BEGINNING' ? this.#feed.state() : this.#feed.lastState;
    }
    const isKnown = (): boolean => this.#feed.knows(position.epoch) && position.seq <= this.#feed.head.seq;
    // Another process may have read further than this one.
    if (!isKnown()) await this.#nextLook();
    return isKnown() ? this.#feed.lastState : this.#feed.state();
  }

  /** Resolves after a look at the log that has not begun yet; rejects when it fails. */
  #nextLook(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#lookers.push({ done: resolve, failed: reject });
    this.#running ??= this.#run();
    this.#interrupt.abort();
    return promise;
  }

  async #run(): Promise<void> {
    const { wakeUp, wallClock, stream, pollMs, checkpointMs } = this.#options;
    let wasWoken = false;
    while (!this.#closed.signal.aborted) {
      this.#interrupt = new AbortController();
      const lookers = this.#lookers.splice(0);
      const isMore = await this.#look(lookers);
      if (isMore || this.#lookers.length > 0) continue;
      // What was announced and cannot be found was lost in a restore, and would be announced for ever: then only time is waited for.
      const isInVain = wasWoken && this.#isEmpty;
      const seq = this.#feed.live && !isInVain ? this.#feed.head.seq : Number.POSITIVE_INFINITY;
      const patience = Math.min(pollMs, checkpointMs);
      const since = wallClock.now();
      await wakeUp.wait(stream, seq, patience, this.#interrupt.signal);
      wasWoken = wallClock.now() - since < patience - EARLY_MS && !this.#interrupt.signal.aborted;
    }
  }

  /** One look at the log, and what follows from it. Answers whether there is more to be had at once. */
  async #look(lookers: readonly Looker[]): Promise<boolean> {
    const { generation } = this.#feed;
    const lookedAt = this.#options.wallClock.now();
    let isMore = false;
    try {
      const events = await this.#feed.read();
      this.#lookedAt = lookedAt;
      isMore = events.length === PAGE || this.#feed.generation !== generation;
      this.#isEmpty = events.length === 0;
      for (const group of this.#groups.values()) group.forget();
      this.#scatterAfter(generation);
      await this.#deliver(events);
      if (isMore) this.#lookers.push(...lookers);
      else for (const looker of lookers) looker.done();
    } catch (error) {
      this.#options.onFailure(error);
      for (const looker of lookers) looker.failed(error);
      // A look can fail after it has found another stream.
      this.#scatterAfter(generation);
    }
    await this.#giveSigns();
    return isMore;
  }

  /** Hands on what is new to the groups that want it. */
  async #deliver(events: readonly ReadEvent[]): Promise<void> {
    const { dataClock, wallClock } = this.#options;
    const wanted = new Map<Group, ReadEvent[]>();
    for (const event of events) {
      for (const group of this.#index.candidates(event.body)) {
        if (!matches(group.spec.filter, event.body, dataClock.now())) continue;
        const known = wanted.get(group);
        if (known === undefined) wanted.set(group, [event]);
        else known.push(event);
      }
    }
    if (wanted.size === 0) return;
    const signals = await this.#feed.signals(idsOf(events));
    const now = wallClock.now();
    await Promise.all(
      [...wanted].map(([group, ofGroup]) => {
        const shown = streamed(group, ofGroup, signals);
        const end = group.cursor(this.#feed.head);
        return this.#emit(group, ({ maxBatch, cursor }) =>
          batches({ events: shown, maxBatch, previousCursor: cursor, end, now }),
        );
      }),
    );
    this.#options.flush();
  }

  /** Tells those who have heard nothing for long, or something that is not so any more, how far they are. */
  async #giveSigns(): Promise<void> {
    const { pollMs, checkpointMs, wallClock } = this.#options;
    const { live, head } = this.#feed;
    const now = wallClock.now();
    const patience = checkpointMs - Math.min(pollMs, checkpointMs / 2);
    const isDue = (cohort: Cohort): boolean => cohort.toldLive !== live || now - cohort.lastItemAt >= patience;
    const due = [...this.#groups.values()].filter(({ cohorts }) => cohorts.some(isDue));
    await Promise.all(
      due.map((group) =>
        this.#emit(group, ({ cursor }) => [checkpoint(group, cursor, { place: head, head, live, now })]),
      ),
    );
    if (due.length > 0) this.#options.flush();
  }

  /** Renders the items of each cohort, then sends them: nobody joins or leaves in between without having or missing all of them. */
  async #emit(group: Group, itemsOf: (cohort: Cohort) => readonly StreamItem[]): Promise<void> {
    const place = this.#feed.head;
    try {
      const prepared = await Promise.all(
        group.cohorts
          .filter(({ members }) => members.size > 0)
          .map(async (cohort) => {
            const items = itemsOf(cohort);
            const payloads = await Promise.all(items.map((item) => group.render(item)));
            return { cohort, items, payloads };
          }),
      );
      for (const { cohort, items, payloads } of prepared) this.#send(cohort, items, payloads, place);
      group.merge();
    } catch (error) {
      // Nobody was sent anything. Each is served by its place, and told there what cannot be made for it.
      this.#options.onFailure(error);
      this.#scatter(group);
    }
  }

  #send(cohort: Cohort, items: readonly StreamItem[], payloads: readonly Buffer[], place: Cohort['place']): void {
    const sent = cohort.members.size;
    const slow: Member[] = [];
    const cursors = items.map(cursorOf);
    for (const member of cohort.members) {
      if (member.outlet.waiting > WATERMARK_BYTES) slow.push(member);
      else for (const [index, payload] of payloads.entries()) member.outlet.next(payload, cursors[index] ?? null);
    }
    // They go on from where they are when they have taken what they were sent.
    const { generation } = this.#feed;
    for (const member of slow) this.#putAside(member, { at: cohort.place, cursor: cohort.cursor, generation });
    cohort.place = place;
    cohort.cursor = cursors.at(-1) ?? cohort.cursor;
    cohort.lastItemAt = this.#options.wallClock.now();
    for (const item of items) {
      if (item.kind === 'checkpoint') cohort.toldLive = item.live;
      if (item.kind === 'batch') this.#options.watch.sent(sent - slow.length, item.events.length, item.lagMs);
    }
  }

  #putAside(member: Member, place: Place): void {
    member.leaveCohort();
    void this.#serve(member, async () => place);
  }

  /** When the stream is not the one that it was: nobody's place is known any more. */
  #scatterAfter(generation: number): void {
    if (this.#feed.generation === generation) return;
    for (const group of this.#groups.values()) this.#scatter(group);
  }

  /** Each member of a group has to find its place anew. */
  #scatter(group: Group): void {
    for (const { members, place, cursor } of group.cohorts.splice(0))
      for (const member of [...members]) this.#putAside(member, { at: place, cursor, generation: NONE });
  }
}

/** No feed has it: whoever comes with it looks for its place. */
const NONE = -1;
