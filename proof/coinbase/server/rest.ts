import type { IncomingMessage, ServerResponse } from 'node:http';
import { activeFault } from '../../recorded/faults.ts';
import { HttpFaults } from '../../recorded/venue-faults.ts';
import { type AnswerContext, answer } from './answers.ts';
import type { Fault } from './faults.ts';

export type RestOptions = {
  /** So many requests a second are answered. */
  readonly burst: number;
  readonly faults: () => readonly Fault[];
  readonly context: () => Omit<AnswerContext, 'clockError'>;
};

/** The HTTP side: the documented answers within the rate limit, and the faults of the moment. */
export class Rest {
  /** Requests so far, by path: what a client cost. */
  readonly requests = new Map<string, number>();
  /** Those that came too fast. */
  refusals = 0;
  readonly #options: RestOptions;
  readonly #httpFaults = new HttpFaults();
  #sent: number[] = [];

  constructor(options: RestOptions) {
    this.#options = options;
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    this.requests.set(path, (this.requests.get(path) ?? 0) + 1);
    const context = this.#options.context();
    const failure = this.#httpFaults.strike(this.#options.faults(), context.now);
    if (failure !== undefined || this.#isTooFast()) {
      const { status = 429, retryAfter } = failure ?? {};
      const wait = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
      const message = status === 429 ? 'Public rate limit exceeded' : 'Internal server error';
      response.writeHead(status, wait).end(JSON.stringify({ message }));
      return;
    }
    const clockError = (activeFault(this.#options.faults(), 'clock', context.now)?.seconds ?? 0) * 1000;
    const { status, body, headers = {} } = answer({ ...context, clockError }, path, Object.fromEntries(searchParams));
    response.writeHead(status, { ...headers, 'content-type': 'application/json' });
    const isGarbled = activeFault(this.#options.faults(), 'garbled', context.now) !== undefined;
    response.end(isGarbled ? body.slice(0, body.length / 2) : body);
  }

  #isTooFast(): boolean {
    const now = performance.now();
    this.#sent = [...this.#sent.filter((at) => at > now - 1_000), now];
    if (this.#sent.length <= this.#options.burst) return false;
    this.refusals += 1;
    return true;
  }
}
