import type { Outlet } from '../../backend/delivery/gateway/ports.ts';
import type { Random } from '../../backend/platform/random.ts';
import type { Bug } from './bugs.ts';
import type { Seen } from './seen.ts';
import type { VirtualTime } from './virtual-time.ts';

/** An item as it is on the wire. */
export type WireItem = {
  readonly kind: 'batch' | 'checkpoint' | 'problem';
  readonly cursor: string | null;
  readonly previousCursor: string | null;
  readonly events: readonly { readonly epoch: string; readonly seq: number }[];
  readonly live: boolean;
  readonly code: string | null;
  readonly earliestCursor: string | null;
  readonly lastCommonCursor: string | null;
};

/** What the client's side of a connection hears. */
export type WireEnd = {
  item(item: WireItem): void;
  /** The subscription was ended by the server; not by a lost connection. */
  completed(): void;
  /** The connection is gone: cut, or closed by the server. */
  closed(reason: string): void;
};

/** How a client's side of the line behaves. Bytes a second; null takes everything at once. */
export type Line = { readonly latencyMs: number; bytesPerSecond: number | null; isStopped: boolean };

/** Who takes nothing does not take the reason either. */
const GRACE_MS = 5_000;
const LOOK_MS = 50;

/** A connection with one subscription on it. Bytes arrive in order, late, at the pace of the client, or, after a cut, not at all. */
export class Wire implements Outlet {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #line: Line;
  readonly #end: WireEnd;
  readonly #bug: Bug | null;
  #taken: Buffer[] = [];
  #onWire: Buffer[] = [];
  #drained: (() => void) | null = null;
  #isSending = false;
  /** When what was sent last arrives: nothing overtakes it. */
  #arrival = 0;
  isOver = false;
  #isCut = false;
  readonly #seen: Seen;

  constructor(time: VirtualTime, random: Random, options: { line: Line; end: WireEnd; bug: Bug | null; seen: Seen }) {
    this.#time = time;
    this.#random = random;
    this.#line = options.line;
    this.#end = options.end;
    this.#bug = options.bug;
    this.#seen = options.seen;
  }

  get waiting(): number {
    return [...this.#taken, ...this.#onWire].reduce((sum, { length }) => sum + length, 0);
  }

  next(payload: Buffer): void {
    if (this.isOver) return;
    const isCheckpoint = payload.includes('"kind":"checkpoint"');
    if (this.#bug === 'checkpoint-skipped' && isCheckpoint && this.#random.chance(0.5)) return;
    this.#taken.push(payload);
    this.#seen.mostWaiting = Math.max(this.#seen.mostWaiting, this.waiting);
  }

  complete(): void {
    this.#afterAll(() => this.#end.completed());
  }

  fail(error: unknown): void {
    this.#afterAll(() => this.#end.closed(`failed: ${error instanceof Error ? error.message : String(error)}`));
  }

  tooSlow(): void {
    this.close('1013 too slow');
    this.#time.after(GRACE_MS, () => this.cut('reset'));
  }

  onDrained(run: () => void): void {
    if (this.waiting === 0) this.#time.after(0, run);
    else this.#drained = run;
  }

  /** There is one subscription on it. */
  inTurn(work: () => Promise<void>): Promise<void> {
    return work();
  }

  /** What was taken leaves. */
  flush(): void {
    this.#onWire.push(...this.#taken);
    this.#taken = [];
    if (!this.#isSending) this.#send();
  }

  /** The server closes the connection: what was sent before still arrives. */
  close(reason: string): void {
    this.#afterAll(() => this.#end.closed(reason));
  }

  /** The line is cut: nothing more arrives, and both sides find out. */
  cut(reason: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#isCut = true;
    this.#taken = [];
    this.#onWire = [];
    this.#time.after(this.#random.integer(0, 5), () => this.#end.closed(reason));
  }

  #afterAll(run: () => void): void {
    if (this.isOver) return;
    this.flush();
    const wait = (): void => {
      if (this.isOver) return;
      if (this.waiting > 0) return void this.#time.after(5, wait);
      this.isOver = true;
      this.#time.after(Math.max(0, this.#arrival - this.#time.elapsed) + 1, run);
    };
    wait();
  }

  #send(): void {
    const payload = this.#onWire[0];
    this.#isSending = payload !== undefined;
    if (payload === undefined) {
      const drained = this.#drained;
      this.#drained = null;
      drained?.();
      return;
    }
    if (this.#line.isStopped) return void this.#time.after(LOOK_MS, () => this.isOver || this.#send());
    const { bytesPerSecond, latencyMs } = this.#line;
    const ms = bytesPerSecond === null ? 0 : (payload.length / bytesPerSecond) * 1_000;
    this.#time.after(ms, () => {
      if (this.isOver) return;
      this.#onWire.shift();
      this.#arrival = Math.max(this.#arrival, this.#time.elapsed + this.#random.integer(0, latencyMs + 1));
      const item = JSON.parse(payload.toString()) as WireItem;
      // Later things that are due at the same moment would come in any order.
      this.#arrival += 0.001;
      this.#time.after(this.#arrival - this.#time.elapsed, () => {
        if (!this.#isCut) this.#end.item(item);
      });
      this.#send();
    });
  }
}
