import type { CursorCodec } from '../../log/cursor.ts';
import type { Position } from '../../log/event.ts';
import type { StreamState } from '../../log/read.ts';
import type { Clock } from '../../platform/clock.ts';
import { resolveStart, type StartRequest } from '../start.ts';
import type { Problem } from '../stream-item.ts';
import type { Feed } from './feed.ts';
import type { Group } from './group.ts';
import { placeProblem } from './items.ts';

/** Where a member stands that is served by its place. */
export type Place = {
  readonly at: Position;
  readonly cursor: string | null;
  /** Of the feed, when the place was found in it. */
  readonly generation: number;
};

/** What a client says of where it wants to begin. */
export type Start = { readonly after: string | null; readonly from: 'BEGINNING' | 'LIVE' };

export type PlacesContext = {
  readonly stream: string;
  readonly codec: CursorCodec;
  readonly wallClock: Clock;
  readonly feed: Feed;
  /** When the log was looked at last. */
  readonly lookedAt: () => number;
  /** Resolves after a look at the log that has not begun yet. */
  readonly nextLook: () => Promise<void>;
};

/** So old the newest look at the log may be for what is new to begin there: a client can be sent what was written so long before it came. */
const FRESH_MS = 100;

/** Finds where subscriptions begin. */
export class Places {
  readonly #context: PlacesContext;

  constructor(context: PlacesContext) {
    this.#context = context;
  }

  /** What is asked for, understood. Throws BadCursor. */
  read({ after, from }: Start, filterHash: string): StartRequest {
    return { after: after === null ? null : this.#context.codec.decode(after), from, filterHash };
  }

  /** Where the client goes on from, or why it cannot. Rejects while the database is away and that cannot be known. */
  async find(start: StartRequest, group: Group, cursor: string | null): Promise<Problem | Place> {
    const { stream, feed } = this.#context;
    let state = await this.#stateFor(start);
    let seq = resolveStart(stream, state, start);
    // What is told to a client as a reason to give up is looked up first.
    if (typeof seq !== 'number') {
      state = await feed.state();
      seq = resolveStart(stream, state, start);
    }
    if (typeof seq !== 'number') return placeProblem(group, seq, state);
    return { at: { epoch: state.head.epoch, seq }, cursor, generation: feed.generation };
  }

  /** The state of the stream, new enough for what is asked of it. */
  async #stateFor({ after, from }: StartRequest): Promise<StreamState> {
    const { stream, feed, wallClock, lookedAt, nextLook } = this.#context;
    const position = after?.positions[stream];
    if (position === undefined) {
      const isFresh = Math.abs(wallClock.now() - lookedAt()) < FRESH_MS;
      // While the database is away what is new begins after what was read last: nothing newer can be had from here.
      if (!feed.isOpen || (feed.live && !isFresh)) await nextLook();
      return from === 'BEGINNING' ? feed.state() : feed.lastState;
    }
    const isKnown = (): boolean => feed.knows(position.epoch) && position.seq <= feed.head.seq;
    // Another process may have read further than this one.
    if (!isKnown()) await nextLook();
    return isKnown() ? feed.lastState : feed.state();
  }
}
