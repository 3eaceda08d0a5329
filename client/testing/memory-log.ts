import { GraphQLError } from 'graphql';
import type { Checkpoint, EventBatch, SignalEvent, SignalFilter, StreamProblem, StreamProblemCode } from '../types.ts';
import type { EventBody } from './events.ts';

type Place = { readonly epoch: string; readonly seq: number; readonly filter: string };
type Reader = { read(): (EventBatch & { lagMs: number }) | (Checkpoint & { headCursor: string; serverTime: string }) };

/** A gapless log with epochs and retention, and cursors that are bound to a filter. */
export class MemoryLog {
  #events: (EventBody & { epoch: string; seq: number })[] = [];
  #epoch = 'epoch-1';
  /** Epochs that are over, with the last seq that they share with the present one. */
  readonly #lastCommonSeq = new Map<string, number>();
  #firstSeq = 1;
  readonly #waiting = new Set<() => void>();

  get head(): number {
    return this.#events.at(-1)?.seq ?? this.#firstSeq - 1;
  }

  append(bodies: readonly EventBody[]): void {
    for (const body of bodies) this.#events.push({ ...body, epoch: this.#epoch, seq: this.head + 1 });
    for (const wake of this.#waiting) wake();
  }

  /** Forgets everything before this seq. */
  retainFrom(seq: number): void {
    this.#firstSeq = seq;
    this.#events = this.#events.filter((event) => event.seq >= seq);
  }

  /** As after a restore that lost everything after this seq. */
  restoreTo(seq: number): void {
    for (const [epoch, common] of this.#lastCommonSeq) this.#lastCommonSeq.set(epoch, Math.min(common, seq));
    this.#lastCommonSeq.set(this.#epoch, seq);
    this.#events = this.#events.filter((event) => event.seq <= seq);
    this.#epoch = `epoch-${this.#lastCommonSeq.size + 1}`;
  }

  /** Resolves at the next append, or after the time. */
  async changed(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#waiting.add(done);
    });
  }

  cursor(seq: number, filter: SignalFilter = {}, epoch = this.#epoch): string {
    return Buffer.from(JSON.stringify({ epoch, seq, filter: JSON.stringify(filter) } satisfies Place)).toString(
      'base64url',
    );
  }

  problem(code: StreamProblemCode, change: Partial<StreamProblem> = {}): StreamProblem {
    return {
      __typename: 'StreamProblem',
      code,
      message: `told as ${change.code ?? code}`,
      earliestCursor: this.cursor(this.#firstSeq - 1),
      headCursor: this.cursor(this.head),
      lastCommonCursor: null,
      retryAfterMs: null,
      ...change,
    };
  }

  newest(last: number, filter: SignalFilter = {}) {
    const nodes = this.#events.filter((event) => matches(event, filter)).slice(-last);
    const end = nodes.at(-1);
    return {
      nodes: nodes.map((event) => this.#place(event, filter)),
      pageInfo: { hasNextPage: false, endCursor: end === undefined ? null : this.cursor(end.seq, filter) },
    };
  }

  reader(start: {
    after?: string;
    from: 'LIVE' | 'BEGINNING';
    filter?: SignalFilter;
    maxBatch: number;
  }): Reader | { problem: StreamProblem } {
    const { after, filter = {}, maxBatch } = start;
    const problem = after === undefined ? undefined : this.#refuse(placeOf(after), filter);
    if (problem !== undefined) return { problem };

    let seq = after === undefined ? (start.from === 'LIVE' ? this.head : this.#firstSeq - 1) : placeOf(after).seq;
    let previousCursor = after ?? null;
    return {
      read: () => {
        const scanned = this.#events.filter((event) => event.seq > seq).slice(0, maxBatch);
        seq = scanned.at(-1)?.seq ?? seq;
        const cursor = scanned.length === 0 && previousCursor !== null ? previousCursor : this.cursor(seq, filter);
        const events = scanned.filter((event) => matches(event, filter)).map((event) => this.#place(event, filter));
        const previous = previousCursor;
        previousCursor = cursor;
        if (events.length > 0)
          return { __typename: 'SignalEventBatch', events, cursor, previousCursor: previous, lagMs: 0 };
        const headCursor = this.cursor(this.head, filter);
        return {
          __typename: 'StreamCheckpoint',
          cursor,
          previousCursor: previous,
          headCursor,
          serverTime: new Date().toISOString(),
          live: seq === this.head,
        };
      },
    };
  }

  #refuse(place: Place, filter: SignalFilter): StreamProblem | undefined {
    const lastCommonSeq =
      place.epoch === this.#epoch ? Number.POSITIVE_INFINITY : (this.#lastCommonSeq.get(place.epoch) ?? -1);
    if (place.seq > lastCommonSeq) {
      return this.problem('EPOCH_CHANGED', { lastCommonCursor: this.cursor(lastCommonSeq, filter) });
    }
    if (place.filter !== JSON.stringify(filter)) return this.problem('FILTER_CHANGED');
    if (place.seq > this.head) return this.problem('FUTURE_CURSOR');
    if (place.seq < this.#firstSeq - 1)
      return this.problem('OUTDATED_CURSOR', { earliestCursor: this.cursor(this.#firstSeq - 1, filter) });
    return undefined;
  }

  #place(event: EventBody & { epoch: string; seq: number }, filter: SignalFilter): SignalEvent {
    return { ...event, stream: 'public', cursor: this.cursor(event.seq, filter) };
  }
}

function placeOf(cursor: string): Place {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Place;
  } catch {
    throw new GraphQLError('after is not a cursor of this service', { extensions: { code: 'BAD_CURSOR' } });
  }
}

function matches(event: EventBody, { instruments, sides, eventTypes }: SignalFilter): boolean {
  return (
    (instruments?.includes(event.signal.instrument.id) ?? true) &&
    (sides?.includes(event.signal.side) ?? true) &&
    (eventTypes?.includes(event.type) ?? true)
  );
}
