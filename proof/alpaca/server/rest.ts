import type { IncomingMessage, ServerResponse } from 'node:http';
import { activeFault } from '../../recorded/faults.ts';
import { HttpFaults } from '../../recorded/venue-faults.ts';
import { type Account, accountOf } from './account.ts';
import { type AnswerContext, answer, isTradingPath } from './answers.ts';
import type { Fault } from './faults.ts';
import { Quota } from './quota.ts';

/** Between two bytes of a slow body, ms. */
const DRIP_MS = 100;

export type RestOptions = {
  readonly accounts: readonly Account[];
  readonly faults: () => readonly Fault[];
  readonly context: () => Omit<AnswerContext, 'clockError'>;
};

/** The HTTP side: the documented answers, within the quota of the account, and the faults of the moment. */
export class Rest {
  /** Requests so far, by path: what a client cost. */
  readonly requests = new Map<string, number>();
  readonly #options: RestOptions;
  readonly #quota = new Quota();
  readonly #httpFaults = new HttpFaults();

  constructor(options: RestOptions) {
    this.#options = options;
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const { 'apca-api-key-id': key, 'apca-api-secret-key': secret } = request.headers;
    this.requests.set(path, (this.requests.get(path) ?? 0) + 1);

    const account = accountOf(this.#options.accounts, key, secret);
    const { left, headers } = this.#quota.take(isTradingPath(path) ? 'trading' : 'data', account);
    const context = this.#options.context();
    const failure = this.#httpFaults.strike(this.#options.faults(), context.now);
    if (failure !== undefined || left < 0) {
      const { status = 429, retryAfter } = failure ?? {};
      const wait = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
      const message = status === 429 ? 'too many requests.' : 'internal server error';
      response.writeHead(status, { ...headers, ...wait }).end(JSON.stringify({ message }));
      return;
    }
    const clockError = (this.#fault('clock', context.now)?.seconds ?? 0) * 1000;
    const { status, body } = answer(
      { ...context, clockError },
      { path, query: Object.fromEntries(searchParams), account },
    );
    const text = JSON.stringify(body);
    response.writeHead(status, { ...headers, 'content-type': 'application/json' });
    if (this.#fault('slow', context.now)) void drip(response, text);
    else response.end(this.#fault('garbled', context.now) ? text.slice(0, text.length / 2) : text);
  }

  #fault<Kind extends Fault['kind']>(kind: Kind, now: number) {
    return activeFault(this.#options.faults(), kind, now);
  }
}

async function drip(response: ServerResponse, text: string): Promise<void> {
  for (const character of text) {
    if (response.destroyed) return;
    response.write(character);
    await new Promise((resolve) => setTimeout(resolve, DRIP_MS));
  }
  response.end();
}
