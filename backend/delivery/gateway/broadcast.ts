import type { StreamItem } from '../stream-item.ts';
import { WATERMARK_BYTES } from './catch-up.ts';
import { type Feed, idsOf } from './feed.ts';
import type { Cohort, Group, Member } from './group.ts';
import type { Groups } from './groups.ts';
import { batches, checkpoint, cursorOf, streamed } from './items.ts';
import type { Place } from './place.ts';
import type { GatewayPorts } from './ports.ts';
import type { ReadEvent } from './ring.ts';

export type BroadcastContext = GatewayPorts & {
  readonly feed: Feed;
  readonly groups: Groups;
  readonly pollMs: number;
  readonly checkpointMs: number;
  /** Goes on with a member by its place. */
  readonly serve: (member: Member, place: Place) => void;
};

/** Sends what is new to all who stand at the head of the stream: each item is rendered once for a cohort, and leaves with all of its moment. */
export class Broadcast {
  readonly #context: BroadcastContext;

  constructor(context: BroadcastContext) {
    this.#context = context;
  }

  /** Hands on what is new to the groups that want it. Answers when all had it rendered, by the clock of the trace; null when nobody wanted it or nobody traces. */
  async deliver(events: readonly ReadEvent[]): Promise<number | null> {
    const { dataClock, wallClock, feed, groups, flush, trace } = this.#context;
    const wanted = new Map<Group, ReadEvent[]>();
    for (const event of events) {
      for (const group of groups.wanting(event.body, dataClock.now())) {
        const known = wanted.get(group);
        if (known === undefined) wanted.set(group, [event]);
        else known.push(event);
      }
    }
    if (wanted.size === 0) return null;
    const signals = await feed.signals(idsOf(events));
    const now = wallClock.now();
    await Promise.all(
      [...wanted].map(([group, ofGroup]) => {
        const shown = streamed(group, ofGroup, signals);
        const end = group.cursor(feed.head);
        return this.#emit(group, ({ maxBatch, cursor }) =>
          batches({ events: shown, maxBatch, previousCursor: cursor, end, now }),
        );
      }),
    );
    const renderedAt = trace?.now() ?? null;
    flush();
    return renderedAt;
  }

  /** Tells those who have heard nothing for long, or something that is not so any more, how far they are. */
  async giveSigns(): Promise<void> {
    const { pollMs, checkpointMs, wallClock, feed, groups, flush } = this.#context;
    const { live, head } = feed;
    const now = wallClock.now();
    const patience = checkpointMs - Math.min(pollMs, checkpointMs / 2);
    const isDue = (cohort: Cohort): boolean => cohort.toldLive !== live || now - cohort.lastItemAt >= patience;
    const due = [...groups].filter(({ cohorts }) => cohorts.some(isDue));
    if (due.length === 0) return;
    await Promise.all(
      due.map((group) =>
        this.#emit(group, ({ cursor }) => [checkpoint(group, cursor, { place: head, head, live, now })]),
      ),
    );
    flush();
  }

  /** The stream is not what it was: each member of each group has to find its place anew. */
  scatterAll(): void {
    for (const group of this.#context.groups) this.#scatter(group);
  }

  #scatter(group: Group): void {
    for (const { members, place, cursor } of group.cohorts.splice(0))
      for (const member of [...members]) this.#putAside(member, { at: place, cursor, generation: NONE });
  }

  /** Renders the items of each cohort, then sends them: nobody joins or leaves in between without having or missing all of them. */
  async #emit(group: Group, itemsOf: (cohort: Cohort) => readonly StreamItem[]): Promise<void> {
    const place = this.#context.feed.head;
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
      this.#context.onFailure(error);
      this.#scatter(group);
    }
  }

  #send(cohort: Cohort, items: readonly StreamItem[], payloads: readonly Buffer[], place: Cohort['place']): void {
    const { feed, wallClock, watch } = this.#context;
    const sent = cohort.members.size;
    const slow: Member[] = [];
    const letters = payloads.map((payload, index) => ({ payload, cursor: cursorOf(items[index]) }));
    for (const member of cohort.members) {
      const { outlet } = member;
      if (outlet.waiting > WATERMARK_BYTES) slow.push(member);
      else for (const { payload, cursor } of letters) outlet.next(payload, cursor);
    }
    // They go on from where they are when they have taken what they were sent.
    const { generation } = feed;
    for (const member of slow) this.#putAside(member, { at: cohort.place, cursor: cohort.cursor, generation });
    cohort.place = place;
    cohort.cursor = letters.at(-1)?.cursor ?? cohort.cursor;
    cohort.lastItemAt = wallClock.now();
    for (const item of items) {
      if (item.kind === 'checkpoint') cohort.toldLive = item.live;
      if (item.kind === 'batch')
        watch.sent(sent - slow.length, item.events.length, item.lagMs, item.events.at(-1)?.event);
    }
  }

  #putAside(member: Member, place: Place): void {
    member.leaveCohort();
    this.#context.serve(member, place);
  }
}

/** No feed has it: whoever comes with it looks for its place. */
const NONE = -1;
