import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleType,
} from 'cockatiel';
import type { Random } from '../../../platform/random.ts';
import type { Timer } from '../../pacing.ts';
import { Backoff } from '../backoff.ts';
import { VenueMalformed, VenueUnavailable } from '../errors.ts';
import { retryAfterMs } from '../retry-after.ts';
import { RateLimit } from './rate-limit.ts';
import { RetryBudget } from './retry-budget.ts';
import { type Answer, NoAnswer, type Request, TRANSPORT_LIMITS, Transport, type TransportLimits } from './transport.ts';

export type CallLimits = TransportLimits & {
  /** So many requests in any window of so many ms; where the headers of the answers tell a limit, it is that. */
  readonly requests: number;
  readonly windowMs: number;
  /** Tries of one request in all. */
  readonly attempts: number;
  /** Shortest and longest wait between them, ms. */
  readonly retryMs: number;
  readonly mostRetryMs: number;
  /** Retries for each request over time, and how many may be made at once. */
  readonly retryShare: number;
  readonly retryReserve: number;
  /** So many attempts in a row without a usable answer open the circuit, for so long, ms. */
  readonly failuresToOpen: number;
  readonly openMs: number;
};

/** Without the limit of requests, which each venue has its own of. */
export const CALL_LIMITS: Omit<CallLimits, 'requests' | 'windowMs'> = {
  ...TRANSPORT_LIMITS,
  attempts: 5,
  retryMs: 300,
  mostRetryMs: 15_000,
  retryShare: 0.1,
  retryReserve: 10,
  failuresToOpen: 5,
  openMs: 15_000,
};

export type Circuit = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

type CallerOptions = {
  /** The venue, for people. */
  readonly venue: string;
  readonly limits: CallLimits;
  readonly timer: Timer;
  readonly random: Random;
  /** Takes out of a text what nobody may see. */
  readonly hide: (text: string) => string;
  readonly onRequest: (endpoint: string, outcome: 'ok' | 'refused' | 'failed', seconds: number) => void;
};

/** Turns a request into one that keeps the rate limit, is tried again within a budget, and fails at once while the other side is down. */
export class Caller {
  readonly #venue: string;
  readonly #limits: CallLimits;
  readonly #timer: Timer;
  readonly #random: Random;
  readonly #hide: (text: string) => string;
  readonly #onRequest: CallerOptions['onRequest'];
  readonly #transport: Transport;
  readonly #budget: RetryBudget;
  readonly #breaker: CircuitBreakerPolicy;
  /** Each host has a limit of its own. */
  readonly #rates = new Map<string, RateLimit>();

  constructor({ venue, limits, timer, random, hide, onRequest }: CallerOptions) {
    this.#venue = venue;
    this.#onRequest = onRequest;
    this.#limits = limits;
    this.#timer = timer;
    this.#random = random;
    this.#hide = hide;
    this.#transport = new Transport(limits, timer);
    this.#budget = new RetryBudget({ share: limits.retryShare, reserve: limits.retryReserve });
    this.#breaker = circuitBreaker(handleType(NoAnswer), {
      halfOpenAfter: limits.openMs,
      breaker: new ConsecutiveBreaker(limits.failuresToOpen),
    });
  }

  get circuit(): Circuit {
    if (this.#breaker.state === CircuitState.Closed) return 'CLOSED';
    return this.#breaker.state === CircuitState.HalfOpen ? 'HALF_OPEN' : 'OPEN';
  }

  /**
   * An answer below 500 that is not 429. Throws the signal's reason when it is aborted, VenueUnavailable when there is no such answer within
   * the attempts, and VenueMalformed when the last one was 200 without JSON. `endpoint` names the request for people.
   */
  async get(endpoint: string, request: Request, signal: AbortSignal): Promise<Answer> {
    const { attempts, retryMs, mostRetryMs } = this.#limits;
    const backoff = new Backoff({ base: retryMs, cap: mostRetryMs, random: this.#random });
    this.#budget.request();
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#attempt(endpoint, request, signal);
      if (!(outcome instanceof Failure)) return outcome;
      if (attempt === attempts || !this.#budget.retry()) throw outcome.toError(this.#venue, endpoint, attempt);

      await this.#timer.sleep(Math.max(backoff.next(), outcome.waitMs), signal).catch(() => {});
      signal.throwIfAborted();
    }
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #attempt(endpoint: string, request: Request, signal: AbortSignal): Promise<Answer | Failure> {
    const rate = this.#rateOf(request.origin);
    await rate.turn(signal);
    try {
      const answer = await this.#breaker.execute(() => this.#watched(endpoint, request, signal));
      rate.learn(answer.headers);
      if (answer.status !== 429) return answer;

      const waitMs = retryAfterMs(text(answer.headers['retry-after']), text(answer.headers['date'])) ?? 0;
      rate.closeFor(waitMs);
      return new Failure('it answered 429, too many requests', waitMs);
    } catch (error) {
      if (error instanceof Failure) return error;
      if (!(error instanceof BrokenCircuitError)) throw error;
      throw new VenueUnavailable(this.#venue, endpoint, `its circuit is open, because ${this.#lastReason()}`);
    }
  }

  async #watched(endpoint: string, request: Request, signal: AbortSignal): Promise<Answer> {
    const begin = this.#timer.now();
    let outcome: 'ok' | 'refused' | 'failed' = 'failed';
    try {
      const answer = await this.#usable(request, signal);
      outcome = answer.status < 400 ? 'ok' : 'refused';
      return answer;
    } finally {
      this.#onRequest(endpoint, outcome, (this.#timer.now() - begin) / 1_000);
    }
  }

  async #usable(request: Request, signal: AbortSignal): Promise<Answer> {
    const answer = await this.#transport.get(request, signal).catch((error: unknown) => {
      throw error instanceof NoAnswer ? new Failure(error.message) : error;
    });
    if (answer.status >= 500) {
      throw new Failure(
        `it answered ${answer.status}`,
        retryAfterMs(text(answer.headers['retry-after']), undefined) ?? 0,
      );
    }
    if (answer.status < 400 && answer.content === undefined)
      throw new Failure('its answer is no JSON', 0, this.#hide(answer.start));
    return answer;
  }

  #rateOf(origin: string): RateLimit {
    const known = this.#rates.get(origin);
    if (known !== undefined) return known;
    const rate = new RateLimit({ most: this.#limits.requests, windowMs: this.#limits.windowMs, timer: this.#timer });
    this.#rates.set(origin, rate);
    return rate;
  }

  #lastReason(): string {
    const failure = this.#breaker.lastFailure;
    return failure !== undefined && 'error' in failure && failure.error instanceof Failure ? failure.error.message : '';
  }
}

/** An attempt that may be made again. */
class Failure extends NoAnswer {
  /** The least that the server wants us to wait, ms. */
  readonly waitMs: number;
  /** The beginning of a body that is no JSON. */
  readonly #body: string | null;

  constructor(reason: string, waitMs = 0, body: string | null = null) {
    super(reason);
    this.waitMs = waitMs;
    this.#body = body;
  }

  toError(venue: string, endpoint: string, attempts: number): VenueUnavailable | VenueMalformed {
    if (this.#body !== null) {
      const mistake = `body begins with ${JSON.stringify(this.#body.slice(0, 64))}, expected JSON`;
      return new VenueMalformed(venue, endpoint, { field: 'body', mistake });
    }
    const times = attempts === 1 ? '' : ` (tried ${attempts} times)`;
    return new VenueUnavailable(venue, endpoint, `${this.message}${times}`);
  }
}

function text(header: unknown): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
