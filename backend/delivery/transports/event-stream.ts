import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Session } from '../../access/session-watch.ts';
import type { Outlet } from '../gateway/ports.ts';
import type { Leaver } from './drain.ts';
import { COMPLETE, eventOf, HEARTBEAT, retryAfter } from './event-frames.ts';
import type { Outbox, Sender } from './outbox.ts';
import { comeBackMs, FAREWELL_MS, GRACE_MS } from './patience.ts';
import type { FormatError, OnTooSlow, Running } from './ports.ts';

export type EventStreamContext = {
  readonly outbox: Outbox;
  readonly formatError: FormatError;
  readonly onTooSlow: OnTooSlow;
  /** Uniform, 0 to 1: spreads the return of clients. */
  readonly random: () => number;
  /** Told when the head of an answer has been sent. */
  readonly onBegin: (response: ServerResponse) => void;
};

const NOTHING: readonly Buffer[] = [];
/** Silence after which a client is given a sign of life. */
const SILENCE_MS = 4_500;
/** Not cached, not held back by a proxy until there is more of it, and over with its connection: who comes back is to find another process. */
const HEAD = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  connection: 'close',
} as const;
/** Codes of what will pass: who hears one of them is to come back. */
const PASSING: ReadonlySet<unknown> = new Set(['UNAVAILABLE', 'TIMEOUT']);

/** One operation whose answers are the events of a response (graphql-sse, distinct connections mode), each under its cursor as id. */
export class EventStream implements Outlet, Sender, Leaver {
  readonly #context: EventStreamContext;
  readonly #response: ServerResponse;
  readonly #headers: OutgoingHttpHeaders;
  #running: Running | null = null;
  #session: Session | null = null;
  #chunks = NOTHING;
  #held = 0;
  #lastSentAt = performance.now();
  #isOver = false;

  /** `headers`: those of this answer, beside those of every stream. */
  constructor(context: EventStreamContext, response: ServerResponse, headers: OutgoingHttpHeaders) {
    this.#context = context;
    this.#response = response;
    this.#headers = headers;
  }

  /** What it tells of, and for whom; both end when the client leaves, which `onGone` is told of. */
  serve(running: Running, session: Session, onGone: () => void): void {
    this.#running = running;
    this.#session = session;
    const gone = (): void => {
      this.#isOver = true;
      this.#chunks = NOTHING;
      running.leave();
      session.close();
      onGone();
    };
    if (this.#response.destroyed) gone();
    session.onEnd(() => void this.dismiss('REAUTHENTICATE', 0));
    this.#response.once('close', gone);
  }

  get waiting(): number {
    return this.#response.writableLength + this.#held;
  }

  next(payload: Buffer, cursor: string | null): void {
    this.#put(eventOf(payload, cursor));
  }

  complete(): void {
    this.#put(COMPLETE);
    this.#end();
  }

  fail(error: unknown): void {
    const shown = this.#context.formatError(error);
    this.next(Buffer.from(JSON.stringify({ errors: [shown] })), null);
    if (PASSING.has(shown.extensions?.['code'])) this.#end();
    else this.complete();
  }

  tooSlow(): void {
    if (!this.#isOver && this.#session !== null) this.#context.onTooSlow(this.#session.principal);
    this.#cut();
  }

  onDrained(run: () => void): void {
    this.#response.once('drain', run);
  }

  /** Nobody else is on it. */
  inTurn(work: () => Promise<void>): Promise<void> {
    return work();
  }

  flush(): void {
    const chunks = this.#chunks;
    const [first] = chunks;
    if (first === undefined || this.#response.destroyed) return;
    this.#chunks = NOTHING;
    this.#held = 0;
    this.#lastSentAt = performance.now();
    this.#response.write(chunks.length === 1 ? first : Buffer.concat(chunks));
  }

  /** Says something to a client that has heard nothing for long, unless it has not even taken what it was sent. */
  giveSign(now: number): void {
    if (this.#isOver || now - this.#lastSentAt < SILENCE_MS || this.waiting > 0) return;
    this.#put(HEARTBEAT);
    this.flush();
  }

  /** Tells why it ends, then ends it. A stream that is not completed is one to come back to. */
  async dismiss(why: 'REAUTHENTICATE' | 'SHUTTING_DOWN', comeBackAfterMs: number): Promise<void> {
    await this.#running?.farewell(why, comeBackAfterMs);
    if (why === 'SHUTTING_DOWN') this.#end();
    else setTimeout(() => this.#cut(), FAREWELL_MS).unref();
  }

  terminate(): void {
    this.#response.destroy();
  }

  #cut(): void {
    this.#end();
    // A client that does not read does not read the end either.
    setTimeout(() => this.terminate(), GRACE_MS).unref();
  }

  /** Takes what leaves with the next flush of all. */
  #put(chunk: Buffer): void {
    if (this.#isOver || this.#response.destroyed) return;
    this.#begin();
    this.#hold(chunk);
  }

  #hold(chunk: Buffer): void {
    if (this.#chunks.length === 0) this.#context.outbox.add(this);
    this.#chunks = this.#chunks.length === 0 ? [chunk] : [...this.#chunks, chunk];
    this.#held += chunk.length;
  }

  #begin(): void {
    if (this.#response.headersSent) return;
    const { random, onBegin } = this.#context;
    this.#response.writeHead(200, { ...this.#headers, ...HEAD });
    onBegin(this.#response);
    this.#hold(retryAfter(comeBackMs(random())));
  }

  /** Ends it without saying that it is complete. */
  #end(): void {
    if (this.#isOver || this.#response.destroyed) return;
    this.#begin();
    this.flush();
    this.#isOver = true;
    this.#response.end();
  }
}
