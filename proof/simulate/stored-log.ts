import type { LogReader } from '../../backend/delivery/gateway/ports.ts';
import type { LoggedEvent } from '../../backend/log/event.ts';
import type { StreamState } from '../../backend/log/read.ts';
import type { Random } from '../../backend/platform/random.ts';
import type { SignalEventBody } from '../../backend/signals/signal-event.ts';
import type { StoredSignal } from '../../backend/signals/signals.service.ts';
import type { Bug } from './bugs.ts';
import type { VirtualTime } from './virtual-time.ts';

/** So long the service waits for an answer. */
const ANSWER_MS = 2_000;

/** An event that its writer was told is committed. */
export type Acknowledged = { readonly epoch: string; readonly seq: number; readonly body: SignalEventBody };

/**
 * The log as its readers and writers meet it: commits one at a time under the lock of the head, reads of what is committed at a moment that
 * take their time, times in which it is away, restores that lose a tail, and old events that are dropped.
 */
export class StoredLog implements LogReader {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #bug: Bug | null;
  readonly #onCommit: (seq: number) => void;
  #committed: { readonly event: LoggedEvent; readonly body: SignalEventBody }[] = [];
  #head: StreamState['head'] = { epoch: 'e1', seq: 0 };
  #epochs: StreamState['epochs'][number][] = [{ epoch: 'e1', previousEpoch: null, lastCommonSeq: 0 }];
  #firstSeq = 1;
  #locked: Promise<void> = Promise.resolve();
  #restores = 0;
  isAway = false;
  /** It takes what it is asked and answers nothing: worse than away. */
  isHanging = false;
  /** How often somebody looked. */
  looks = 0;

  constructor(time: VirtualTime, random: Random, options: { bug: Bug | null; onCommit: (seq: number) => void }) {
    this.#time = time;
    this.#random = random;
    this.#bug = options.bug;
    this.#onCommit = options.onCommit;
  }

  get head(): StreamState['head'] {
    return this.#head;
  }

  get firstSeq(): number {
    return this.#firstSeq;
  }

  /** All that is committed and was not lost, in order. */
  get acknowledged(): readonly Acknowledged[] {
    return this.#committed.map(({ event, body }) => ({ epoch: event.epoch, seq: event.seq, body }));
  }

  /** Commits the events of one transaction, or nothing: a transaction that the outage meets is rolled back. */
  async append(bodies: readonly SignalEventBody[]): Promise<void> {
    if (this.#bug === 'seq-before-write') return this.#appendUnlocked(bodies);
    const before = this.#locked;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#locked = promise;
    await before;
    const restores = this.#restores;
    await this.#time.sleep(this.#random.integer(0, 8));
    while (this.isHanging) await this.#time.sleep(20);
    if (!this.isAway && restores === this.#restores)
      this.#commit(bodies.map((body, index) => this.#event(this.#head.seq + 1 + index, body)));
    resolve();
  }

  async state(): Promise<StreamState> {
    return this.#read(() => ({ head: this.#head, firstSeq: this.#firstSeq, epochs: [...this.#epochs] }));
  }

  async after(seq: number, limit: number): Promise<readonly LoggedEvent[]> {
    return this.#read(() => {
      const from = Math.max(seq + 1, this.#firstSeq);
      const at = this.#committed.findLastIndex(({ event }) => event.seq < from) + 1;
      return this.#committed.slice(at, at + limit).map(({ event }) => event);
    });
  }

  async signals(ids: readonly string[]): Promise<ReadonlyMap<string, StoredSignal>> {
    return this.#read(() => new Map(ids.map((id) => [id, { signal: { id } } as unknown as StoredSignal])));
  }

  /** Comes back as it was after an earlier event, in a new epoch. */
  restore(lost: number): void {
    const lastCommonSeq = Math.max(this.#firstSeq - 1, this.#head.seq - lost);
    this.#restores += 1;
    const epoch = `e${this.#restores + 1}`;
    this.#committed = this.#committed.filter(({ event }) => event.seq <= lastCommonSeq);
    this.#epochs.push({ epoch, previousEpoch: this.#head.epoch, lastCommonSeq });
    this.#head = { epoch, seq: lastCommonSeq };
  }

  /** Drops what is older than so many events. */
  drop(kept: number): void {
    this.#firstSeq = Math.max(this.#firstSeq, this.#head.seq - kept + 1);
  }

  async #read<T>(look: () => T): Promise<T> {
    await this.#time.sleep(this.#random.chance(0.02) ? this.#random.integer(50, 900) : this.#random.integer(0, 6));
    this.looks += 1;
    if (this.isHanging) {
      await this.#time.sleep(ANSWER_MS);
      throw new Error('the database is away: no answer');
    }
    if (this.isAway) throw new Error('the database is away');
    const found = look();
    await this.#time.sleep(this.#random.integer(0, 3));
    return found;
  }

  /** What a sequence does: numbers are handed out before the commit, and commits come in any order. */
  async #appendUnlocked(bodies: readonly SignalEventBody[]): Promise<void> {
    const first = this.#head.seq + 1;
    this.#head = { ...this.#head, seq: this.#head.seq + bodies.length };
    const events = bodies.map((body, index) => this.#event(first + index, body));
    await this.#time.sleep(this.#random.integer(0, 40));
    this.#commit(events);
  }

  #commit(events: readonly { event: LoggedEvent; body: SignalEventBody }[]): void {
    const isInOrder = (events[0]?.event.seq ?? 0) > (this.#committed.at(-1)?.event.seq ?? 0);
    this.#committed.push(...events);
    if (!isInOrder) this.#committed.sort((a, b) => a.event.seq - b.event.seq);
    const seq = Math.max(this.#head.seq, events.at(-1)?.event.seq ?? 0);
    this.#head = { ...this.#head, seq };
    this.#onCommit(seq);
  }

  #event(seq: number, body: SignalEventBody): { event: LoggedEvent; body: SignalEventBody } {
    const at = this.#time.now();
    const text = { kind: body.type, schemaVersion: 1, body: JSON.stringify(body), prevHash: '', hash: '' };
    const event = { ...text, stream: 'public', epoch: this.#head.epoch, seq, occurredAt: at, recordedAt: at };
    return { event, body };
  }
}
