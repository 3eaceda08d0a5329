import type { CursorCodec } from '../../log/cursor.ts';
import type { Position } from '../../log/event.ts';
import type { SignalFilter } from '../../signals/signal-filter.ts';
import type { StreamedEvent, StreamItem } from '../stream-item.ts';
import type { GatewayWatch, Outlet, Render } from './ports.ts';

/** What makes subscriptions share: the same key means the same bytes for the same item. */
export type GroupSpec = {
  readonly key: string;
  /** Normalised. */
  readonly filter: SignalFilter;
  readonly filterHash: string;
  readonly render: Render;
};

/** What a page of the log has for a group. */
export type Found = {
  /** Seq of the first event of the page; undefined when the page is empty. */
  readonly first: number | undefined;
  readonly end: Position;
  /** Null when the stream is not what it was when the page was asked for. */
  readonly events: readonly StreamedEvent[] | null;
};

/** Members who stand at the same place and are sent the same: from one item on, all of a group with the same `maxBatch` are one cohort. */
export type Cohort = {
  readonly members: Set<Member>;
  readonly maxBatch: number;
  place: Position;
  cursor: string;
  toldLive: boolean;
  lastItemAt: number;
};

export type GroupContext = {
  readonly dismissal: Dismissal;
  readonly stream: string;
  readonly codec: CursorCodec;
  readonly watch: GatewayWatch;
};

const MAX_REMEMBERED = 64;
const MAX_PAGES = 16;
/** So old the clock of a checkpoint may be that is sent to another member. */
const CHECKPOINT_AGE_MS = 100;

/** Subscriptions that get the same bytes. An item is rendered once for all of them. */
export class Group {
  readonly spec: GroupSpec;
  readonly dismissal: Dismissal;
  readonly #codec: CursorCodec;
  readonly #stream: string;
  readonly #watch: GatewayWatch;
  readonly #rendered = new Map<string, { readonly payload: Promise<Buffer>; readonly at: number }>();
  readonly #pages = new Map<string, Promise<Found | null>>();
  cohorts: Cohort[] = [];
  /** Those too that are not at the head of the stream. */
  members = 0;
  /** The cursor that was made last: all who come at one moment stand at the same place. */
  #cursor = { epoch: '', seq: -1, text: '' };

  constructor(spec: GroupSpec, { stream, codec, watch, dismissal }: GroupContext) {
    this.spec = spec;
    this.dismissal = dismissal;
    this.#stream = stream;
    this.#codec = codec;
    this.#watch = watch;
  }

  cursor({ epoch, seq }: Position): string {
    if (this.#cursor.seq === seq && this.#cursor.epoch === epoch) return this.#cursor.text;
    const { filterHash } = this.spec;
    const text = this.#codec.encode({ positions: { [this.#stream]: { epoch, seq } }, filterHash });
    this.#cursor = { epoch, seq, text };
    return text;
  }

  /** The bytes of an item; made once for equal ones that follow each other closely. */
  render(item: StreamItem): Promise<Buffer> {
    const key = nameOf(item);
    const at = item.kind === 'checkpoint' ? item.serverTime : 0;
    const known = this.#rendered.get(key);
    if (known !== undefined && at - known.at <= CHECKPOINT_AGE_MS) return known.payload;
    if (this.#rendered.size >= MAX_REMEMBERED) this.#rendered.clear();
    this.#watch.executed();
    const payload = this.spec.render(item);
    this.#rendered.set(key, { payload, at });
    return payload;
  }

  /** The page after an event; looked for once for all members who stand there. One that does not continue there is looked for again. */
  page(generation: number, after: number, find: () => Promise<Found | null>): Promise<Found | null> {
    const key = `${generation} ${after}`;
    const known = this.#pages.get(key);
    if (known !== undefined) return known;
    if (this.#pages.size >= MAX_PAGES) this.#pages.clear();
    const page = find();
    this.#pages.set(key, page);
    const drop = (): void => void (this.#pages.get(key) === page && this.#pages.delete(key));
    page.then((found) => found?.first === after + 1 || drop(), drop);
    return page;
  }

  /** Signals may have moved on: what was made of them is made anew. */
  forget(): void {
    this.#rendered.clear();
    this.#pages.clear();
  }

  join(member: Member, at: Omit<Cohort, 'members' | 'maxBatch'>): void {
    const { maxBatch } = member;
    const same = this.cohorts.find(
      (cohort) => cohort.cursor === at.cursor && cohort.maxBatch === maxBatch && cohort.toldLive === at.toldLive,
    );
    const cohort = same ?? { ...at, maxBatch, members: new Set<Member>() };
    if (same === undefined) this.cohorts.push(cohort);
    cohort.members.add(member);
    member.cohort = cohort;
  }

  /** Makes one cohort of those that stand at the same place, the smaller moving into the larger. */
  merge(): void {
    const merged: Cohort[] = [];
    for (const cohort of this.cohorts.toSorted((a, b) => b.members.size - a.members.size)) {
      if (cohort.members.size === 0) continue;
      const same = merged.find(
        (other) =>
          other.cursor === cohort.cursor && other.maxBatch === cohort.maxBatch && other.toldLive === cohort.toldLive,
      );
      if (same === undefined) merged.push(cohort);
      for (const member of same === undefined ? [] : cohort.members) {
        same?.members.add(member);
        member.cohort = same ?? null;
      }
    }
    this.cohorts = merged;
  }
}

/** A subscription, for whoever it belongs to. */
export interface GatewaySubscription {
  /** The client wants no more. */
  leave(): void;
  /** Tells the client why its connection is about to end, and nothing after it. Resolves when that was handed over. */
  farewell(...why: Farewell): Promise<void>;
}

export type Farewell = [why: 'REAUTHENTICATE' | 'SHUTTING_DOWN' | 'CONSUMER_TOO_SLOW', comeBackAfterMs: number];

/** How members go. */
export type Dismissal = {
  leave(member: Member): void;
  dismiss(member: Member, ...why: Farewell): Promise<void>;
};

/** One subscription. It holds its place (that of its cohort, while it is at the head of the stream) and never a queue. */
export class Member implements GatewaySubscription {
  readonly group: Group;
  readonly outlet: Outlet;
  readonly maxBatch: number;
  /** Null while it is served by its place, or has left. */
  cohort: Cohort | null = null;
  hasLeft = false;
  /** Ends a wait of who serves it; null when nobody waits. */
  wake: (() => void) | null = null;

  constructor(group: Group, outlet: Outlet, maxBatch: number) {
    this.group = group;
    this.outlet = outlet;
    this.maxBatch = maxBatch;
  }

  leave(): void {
    this.group.dismissal.leave(this);
  }

  farewell(...why: Farewell): Promise<void> {
    return this.group.dismissal.dismiss(this, ...why);
  }

  /** It is sent nothing more but what whoever calls this has to say. */
  leaveCohort(): void {
    this.cohort?.members.delete(this);
    this.cohort = null;
  }
}

/** Items of one group with the same name have the same bytes, but for the clock. */
function nameOf(item: StreamItem): string {
  if (item.kind === 'problem') return `problem ${item.code} ${item.headCursor} ${item.retryAfterMs}`;
  if (item.kind === 'checkpoint')
    return `checkpoint ${item.previousCursor} ${item.headCursor} ${item.cursor} ${item.live}`;
  const { epoch, seq } = item.events[0]?.event ?? {};
  return `batch ${item.previousCursor} ${epoch} ${seq} ${item.events.length} ${item.cursor}`;
}
