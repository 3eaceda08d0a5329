import { Backoff, type BackoffOptions } from './backoff.ts';
import {
  FollowError,
  GapError,
  isLasting,
  RefusedError,
  StreamProblemError,
  summary,
  withoutFullStop,
} from './errors.ts';
import type { Gap, Position } from './position.ts';
import type { Ending } from './transport.ts';
import type { Cursor, StreamProblem, StreamProblemCode } from './types.ts';

export type RetryOptions = BackoffOptions & {
  /** Failures in a row, without any progress, after which following ends. Default: it never gives up. */
  readonly attempts?: number | undefined;
};

/** `throw`, or the cursor to go on from; a function that gives none throws, too. */
export type ProblemPolicy = 'throw' | ((problem: StreamProblem) => Cursor | null | Promise<Cursor | null>);

/** Why a subscription is over: its own ending, a problem that the server told, or an item that does not continue the last one. */
export type Interruption = Ending | { readonly kind: 'problem'; readonly problem: StreamProblem } | Gap;

export type Retry = { readonly reason: string; readonly waitMs: number };

/** Decides after each interruption: try again, and when, or throw. */
export class Recovery {
  readonly #position: Position;
  readonly #onProblem: ProblemPolicy;
  readonly #backoff: Backoff;
  readonly #attempts: number;
  #itemsWithoutProgress = 0;
  #gapAt: Cursor | undefined;
  #jumpedTo: Cursor | undefined;

  constructor(
    position: Position,
    { attempts = Number.POSITIVE_INFINITY, ...backoff }: RetryOptions,
    onProblem: ProblemPolicy,
  ) {
    this.#position = position;
    this.#onProblem = onProblem;
    this.#attempts = attempts;
    this.#backoff = new Backoff(backoff);
  }

  /** An item was read. The first one of a connection proves little: a server that fails at the next event may send a checkpoint before it. */
  progressed(moved: boolean): void {
    this.#itemsWithoutProgress = moved ? 0 : this.#itemsWithoutProgress + 1;
    if (moved || this.#itemsWithoutProgress > 1) this.#backoff.reset();
    if (moved) {
      this.#gapAt = undefined;
      this.#jumpedTo = undefined;
    }
  }

  async after(interruption: Interruption): Promise<Retry> {
    this.#itemsWithoutProgress = 0;
    const retry = await this.#retryAfter(interruption);
    if (this.#backoff.failures > this.#attempts) {
      throw new FollowError('GAVE_UP', `Gave up after ${this.#attempts} retries: ${retry.reason}`);
    }
    return retry;
  }

  async #retryAfter(interruption: Interruption): Promise<Retry> {
    if (interruption.kind === 'full') return { reason: 'the reader was too slow', waitMs: 0 };
    if (interruption.kind === 'problem') return this.#afterProblem(interruption.problem);
    if (interruption.kind === 'gap') {
      if (this.#gapAt === interruption.lastCursor) throw new GapError(interruption.lastCursor, interruption.nextCursor);
      this.#gapAt = interruption.lastCursor;
    }
    refuse(interruption);
    return { reason: reasonOf(interruption), waitMs: this.#backoff.nextMs() };
  }

  async #afterProblem(problem: StreamProblem): Promise<Retry> {
    const waitMs = this.#backoff.nextMs();
    const passing = PASSING_PROBLEMS[problem.code];
    if (passing !== undefined) return { reason: passing, waitMs: problem.retryAfterMs ?? waitMs };

    const cursor = this.#onProblem === 'throw' ? null : await this.#onProblem(problem);
    // The same answer to the same cursor would go round for ever.
    if (cursor === null || cursor === this.#jumpedTo) throw new StreamProblemError(problem);
    this.#jumpedTo = cursor;
    this.#position.jump(cursor);
    return { reason: withoutFullStop(problem.message), waitMs };
  }
}

/** Whether it is over by itself with the next connection; every other problem needs another cursor. */
export function isPassing({ code }: Pick<StreamProblem, 'code'>): boolean {
  return code in PASSING_PROBLEMS;
}

const PASSING_PROBLEMS: Readonly<Partial<Record<StreamProblemCode, string>>> = {
  SHUTTING_DOWN: 'the server is going away',
  CONSUMER_TOO_SLOW: 'the server found this client too slow',
  REAUTHENTICATE: 'the server asks again who this is',
};

/** Close codes that answer the request itself: unsupported data, policy, too big, bad request, who you are, subprotocol, duplicate id. */
const LASTING_CLOSES: ReadonlySet<number> = new Set([1003, 1008, 1009, 4400, 4401, 4403, 4406, 4409]);

function refuse(ending: Interruption): void {
  if (ending.kind === 'refused' && isLasting(ending.errors)) {
    throw new RefusedError(`The server refused the subscription: ${summary(ending.errors)}`, ending.errors);
  }
  if (ending.kind === 'closed' && LASTING_CLOSES.has(ending.code)) {
    throw new RefusedError(`The server refused the subscription: ${closing(ending.code, ending.reason)}`);
  }
  if (ending.kind === 'unreadable') throw new RefusedError(`What answers is not the signal stream: ${ending.message}`);
}

function reasonOf(ending: Exclude<Interruption, { kind: 'problem' }>): string {
  switch (ending.kind) {
    case 'closed':
      return CLOSES[ending.code] ?? `the server closed the connection: ${closing(ending.code, ending.reason)}`;
    case 'refused':
      return `the server failed: ${summary(ending.errors)}`;
    case 'stalled':
      return 'the server fell silent';
    case 'gap':
      return 'the stream skipped events';
    case 'completed':
      return 'the server ended the subscription';
    default:
      return 'the server is away';
  }
}

const CLOSES: Readonly<Record<number, string>> = {
  1001: 'the server is going away',
  1005: 'connection lost',
  1006: 'connection lost',
  1012: 'the server is restarting',
  1013: 'the server is busy',
};

function closing(code: number, reason: string): string {
  return reason === '' ? `close code ${code}` : `${reason} (close code ${code})`;
}
