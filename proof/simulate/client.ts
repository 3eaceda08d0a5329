import type { CursorCodec } from '../../backend/log/cursor.ts';
import type { Random } from '../../backend/platform/random.ts';
import type { SignalFilter } from '../../backend/signals/signal-filter.ts';
import type { Bug } from './bugs.ts';
import type { Seen } from './seen.ts';
import { CHECKPOINT_MS, type Service } from './service.ts';
import type { VirtualTime } from './virtual-time.ts';
import { type Line, Wire, type WireItem } from './wire.ts';

/** Two heartbeats: after that a client gives a connection up. */
const STALL_MS = 2 * CHECKPOINT_MS;

export type Received = { readonly epoch: string; readonly seq: number };

export type ClientOptions = {
  readonly name: string;
  readonly filter: SignalFilter;
  readonly from: 'BEGINNING' | 'LIVE';
  readonly maxBatch: number;
  readonly line: Line;
  readonly codec: CursorCodec;
  readonly bug: Bug | null;
  readonly seen: Seen;
  /** A service that takes connections, null when there is none just now. */
  readonly dial: () => Service | null;
  /** Seq of the oldest event that is still held. */
  readonly oldest: () => number;
};

/** A client by the rules of the resumable clients: it comes back with the cursor of the last item and drops nothing. */
export class Client {
  readonly options: ClientOptions;
  readonly #time: VirtualTime;
  readonly #random: Random;
  /** What the application was handed, without what a restore took back. */
  received: Received[] = [];
  /** Promises that were broken. */
  readonly broken: string[] = [];
  /** Seq after which it has seen everything; null before its first item. */
  began: number | null = null;
  /** Stretches that it was told it has missed: after `from` up to `until`. */
  readonly told: { readonly from: number; readonly until: number }[] = [];
  connections = 0;
  stalls = 0;
  #cursor: string | null = null;
  #wire: Wire | null = null;
  #service: Service | null = null;
  #heardAt = 0;
  #isFirst = true;
  #isSlow: boolean;
  /** It has gone away on purpose. */
  #isAway = false;

  constructor(time: VirtualTime, random: Random, options: ClientOptions) {
    this.#time = time;
    this.#random = random;
    this.options = options;
    this.#isSlow = options.line.bytesPerSecond !== null;
  }

  get position(): Received | null {
    return this.#cursor === null ? null : (this.options.codec.decode(this.#cursor).positions['public'] ?? null);
  }

  get isConnected(): boolean {
    return this.#wire !== null && !this.#wire.isOver;
  }

  get service(): Service | null {
    return this.#service;
  }

  connect(): void {
    this.#isAway = false;
    // Whoever has come back before its first time does not come twice.
    if (this.isConnected) return;
    const service = this.options.dial();
    if (service === null) {
      this.#again();
      return;
    }
    this.connections += 1;
    const { filter, from, maxBatch, line, bug, seen } = this.options;
    const wire: Wire = new Wire(this.#time, this.#random, {
      ...{ line, bug, seen },
      end: {
        item: (item) => this.#wire === wire && this.#take(item),
        completed: () => this.#wire === wire && this.#closed(wire, 'completed'),
        closed: (reason) => this.#wire === wire && this.#closed(wire, reason),
      },
    });
    [this.#wire, this.#service] = [wire, service];
    this.#heardAt = this.#time.elapsed;
    this.#isFirst = true;
    service.subscribe({ after: this.#cursor, from, maxBatch, filter }, wire);
    this.#watch(wire);
  }

  /** Goes away without a word, and comes back later. */
  goAway(ms: number): void {
    this.#isAway = true;
    const wire = this.#wire;
    this.#hangUp();
    wire?.cut('left');
    this.#time.after(ms, () => {
      this.connect();
    });
  }

  /** Stays, and takes nothing for a while. */
  stopReading(ms: number): void {
    const { line } = this.options;
    this.#isSlow = true;
    line.isStopped = true;
    this.#time.after(ms, () => {
      line.isStopped = false;
    });
  }

  #take(item: WireItem): void {
    this.#heardAt = this.#time.elapsed;
    if (item.kind === 'problem') this.#solve(item);
    else this.#read(item);
  }

  #read(item: WireItem): void {
    this.#follow(item);
    for (const { epoch, seq } of item.events) {
      const last = this.received.at(-1);
      if (last !== undefined && seq <= last.seq) this.broken.push(`event ${seq} came after ${last.seq}`);
      else this.received.push({ epoch, seq });
    }
    this.#cursor = item.cursor ?? this.#cursor;
  }

  /** Each item continues the one before, and the first one the place that was asked for. */
  #follow({ previousCursor, cursor, kind, events }: WireItem): void {
    if (previousCursor !== this.#cursor && !(this.#cursor === null && this.#isFirst))
      this.broken.push(
        `an item (${kind}) continues ${this.#place(previousCursor)}, after ${this.#place(this.#cursor)}`,
      );
    if (this.began === null) {
      const first = previousCursor ?? (events.length === 0 ? cursor : null);
      const began = first === null ? (events[0]?.seq ?? 1) - 1 : this.#seqOf(first);
      this.began = this.options.from === 'BEGINNING' ? this.options.oldest() - 1 : began;
    }
    this.#isFirst = false;
  }

  #solve({ code, earliestCursor, lastCommonCursor }: WireItem): void {
    const at = this.position?.seq ?? 0;
    if (code === 'OUTDATED_CURSOR') {
      if (at >= this.options.oldest() - 1) this.broken.push(`was told ${code} at ${at}, and all after it is there`);
      this.told.push({ from: at, until: this.#seqOf(earliestCursor) });
      this.#cursor = earliestCursor;
    } else if (code === 'EPOCH_CHANGED') {
      const until = this.#seqOf(lastCommonCursor ?? earliestCursor);
      this.received = this.received.filter(({ seq }) => seq <= until);
      this.began = Math.min(this.began ?? until, until);
      this.#cursor = lastCommonCursor ?? earliestCursor;
    } else if (code !== 'SHUTTING_DOWN' && code !== 'CONSUMER_TOO_SLOW') {
      this.broken.push(`was told ${code} at ${at}`);
    }
  }

  #closed(wire: Wire, reason: string): void {
    if (reason.startsWith('failed') && !reason.includes('away')) this.broken.push(`the subscription ${reason}`);
    this.#service?.left(wire);
    this.#hangUp();
    if (!this.#isAway) this.#again();
  }

  #again(): void {
    this.#time.after(this.#random.integer(20, 800), () => {
      if (!this.isConnected && !this.#isAway) this.connect();
    });
  }

  #hangUp(): void {
    if (this.#wire !== null) this.#service?.left(this.#wire);
    this.#wire = null;
    this.#service = null;
  }

  /** Silence is noticed after two heartbeats; a client whose own line is slow cannot tell. */
  #watch(wire: Wire): void {
    this.#time.after(1_000, () => {
      if (this.#wire !== wire) return;
      // A program that stands still notices nothing.
      if (this.options.line.isStopped) this.#heardAt = this.#time.elapsed;
      if (this.#time.elapsed - this.#heardAt <= STALL_MS) return this.#watch(wire);
      this.stalls += 1;
      if (!this.#isSlow) this.broken.push(`heard nothing for ${Math.round(this.#time.elapsed - this.#heardAt)} ms`);
      this.#hangUp();
      wire.cut('stalled');
      this.#again();
    });
  }

  #seqOf(cursor: string | null): number {
    return cursor === null ? 0 : (this.options.codec.decode(cursor).positions['public']?.seq ?? 0);
  }

  #place(cursor: string | null): string {
    if (cursor === null) return 'the beginning';
    const { epoch, seq } = this.options.codec.decode(cursor).positions['public'] ?? { epoch: '?', seq: -1 };
    return `${epoch}/${seq}`;
  }
}
