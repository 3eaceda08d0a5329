import { Backoff, sleep } from '../../../client/backoff.ts';
import { isLasting } from '../../../client/errors.ts';
import { isPassing } from '../../../client/recovery.ts';
import { subscribe } from '../../../client/subscription.ts';
import type { Ending } from '../../../client/transport.ts';
import type { Cursor, StreamItem, StreamProblem } from '../../../client/types.ts';
import { subscriptionDocument } from './documents.ts';
import { readEvent, type SeenEvent } from './seen-event.ts';
import { type EventFault, Verification } from './verification.ts';
import { SILENCE_MS } from './watched-time.ts';

export type Transport = 'websocket' | 'sse';
/** silent: no sign of life for twice as long as promised. refused: what the service has to take was not taken, or the answer was none of it. */
export type Fault = EventFault | 'silent' | 'refused';
/** Why a subscription was over. */
export type Reason = Exclude<Ending['kind'], 'stopped'> | 'problem';

export type FollowerOptions = {
  readonly transport: Transport;
  /** The address of the GraphQL endpoint, http: or https:. */
  readonly url: string;
  readonly key: string | null;
  /** The newest event when following began, and the cursor after it; both null in an empty log. */
  readonly last: SeenEvent | null;
  readonly cursor: Cursor | null;
  /** ms of a clock that never goes back. */
  readonly monotonic: () => number;
  readonly random: () => number;
  readonly watch: FollowerWatch;
};

/** What a follower tells. */
export type FollowerWatch = {
  /** An event that came for the first time. */
  readonly received: (event: SeenEvent) => void;
  /** Whether all that is written has been sent: a sign of life. */
  readonly checkpoint: (live: boolean) => void;
  readonly alive: () => void;
  readonly fault: (fault: Fault, detail: string) => void;
  readonly over: (reason: Reason, detail: string) => void;
};

const MOST_WAITING = 1_000;
/** Closes that answer the request itself: who you are, what you may, what you said. */
const REFUSING_CLOSES: ReadonlySet<number> = new Set([1003, 1008, 1009, 4400, 4401, 4403, 4406, 4409]);

/**
 * One subscription after the other over one transport, each from the cursor of the last item. It uses the connection of `client/` and none of its
 * healing: what a client would put right without a word is what is looked for.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #verification: Verification;
  readonly #backoff: Backoff;
  #cursor: Cursor | null;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#cursor = options.cursor;
    this.#verification = new Verification(options.last);
    this.#backoff = new Backoff({ random: options.random });
  }

  /** Until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await this.#once(signal);
      if (!signal.aborted) await sleep(waitMs, signal);
    }
  }

  /** An event that a query showed. */
  logged(event: SeenEvent): void {
    this.#tell(this.#verification.logged(event, this.#options.monotonic()), event);
  }

  /** Answers how long to wait before the next one. */
  async #once(signal: AbortSignal): Promise<number> {
    const { transport, url, key } = this.#options;
    const subscription = subscribe({
      url: transport === 'sse' ? url : url.replace(/^http/, 'ws'),
      ...(key === null ? {} : { credential: key }),
      query: subscriptionDocument,
      variables: { from: 'BEGINNING', ...(this.#cursor === null ? {} : { after: this.#cursor }) },
      maxBuffered: MOST_WAITING,
      stallAfterMs: SILENCE_MS,
      signal,
      onFull: () => undefined,
    });
    try {
      for (;;) {
        const item = await subscription.next();
        if ('kind' in item) return this.#ended(item);
        if (item.__typename === 'StreamProblem') return this.#problem(item);
        this.#take(item);
      }
    } catch (error) {
      // An event without what was asked for.
      return this.#ended({ kind: 'unreadable', message: error instanceof Error ? error.message : String(error) });
    } finally {
      subscription.close();
    }
  }

  #take(item: Exclude<StreamItem, StreamProblem>): void {
    const { watch, monotonic } = this.#options;
    this.#cursor = item.cursor;
    this.#backoff.reset();
    if (item.__typename === 'StreamCheckpoint') {
      if (item.live) this.#tell(this.#verification.upToDate(monotonic()), null);
      watch.checkpoint(item.live);
      return;
    }
    watch.alive();
    for (const given of item.events) {
      const event = readEvent(given);
      const faults = this.#verification.received(event, monotonic());
      this.#tell(faults, event);
      if (!faults.includes('repeated')) watch.received(event);
    }
  }

  #tell(faults: readonly EventFault[], event: SeenEvent | null): void {
    const place = event === null ? 'what was written before' : `event ${event.seq} of epoch ${event.epoch}`;
    for (const fault of faults) this.#options.watch.fault(fault, place);
  }

  #ended(ending: Ending): number {
    if (ending.kind === 'stopped') return 0;
    const { watch } = this.#options;
    const detail = describe(ending);
    if (ending.kind === 'stalled') watch.fault('silent', detail);
    if (isRefusal(ending)) watch.fault('refused', detail);
    watch.over(ending.kind, detail);
    return this.#backoff.nextMs();
  }

  #problem(problem: StreamProblem): number {
    const { watch } = this.#options;
    watch.over('problem', problem.code);
    if (isPassing(problem)) return problem.retryAfterMs ?? this.#backoff.nextMs();
    if (problem.code === 'EPOCH_CHANGED') {
      this.#verification.beginAnew();
      this.#cursor = problem.lastCommonCursor;
      return this.#backoff.nextMs();
    }
    // The cursor is the service's own, and a few seconds old.
    watch.fault('refused', problem.code);
    this.#verification.beginAnew();
    this.#cursor = problem.headCursor;
    return this.#backoff.nextMs();
  }
}

function isRefusal(ending: Ending): boolean {
  if (ending.kind === 'refused') return isLasting(ending.errors);
  return ending.kind === 'unreadable' || (ending.kind === 'closed' && REFUSING_CLOSES.has(ending.code));
}

function describe(ending: Ending): string {
  switch (ending.kind) {
    case 'closed':
      return `${ending.reason || 'no reason'} (close code ${ending.code})`;
    case 'refused':
      return ending.errors[0]?.message ?? 'an error without a message';
    case 'unreadable':
      return ending.message;
    default:
      return ending.kind;
  }
}
