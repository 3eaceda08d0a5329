import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../../access/principal.ts';
import type { RequestContext } from '../../platform/graphql/context.ts';
import { type Front, saneId } from '../../platform/http/front.ts';
import { Recent } from '../../platform/recent.ts';
import { inSampledTrace } from '../../platform/telemetry/context.ts';
import {
  type Admission,
  type Asker,
  countedAdmission,
  countedReadmission,
  isRefusal,
  type Readmission,
} from '../admission.ts';
import { recognise } from '../authenticate-http.ts';
import { Plans } from '../compiled/plan.ts';
import { sharedWith } from '../cross-origin.ts';
import type { Admitted } from '../gate/gate.ts';
import type { Refusal } from '../gate/refusal.ts';
import { GRAPHQL_PATH, type GraphqlOptions } from '../http.ts';
import { countOperation } from '../operation-metrics.ts';
import { Attempt } from './attempt.ts';
import { bodyOf, isPlainPost, jsonOf } from './body.ts';
import { FreshHead, type ReadHead } from './fresh-head.ts';
import { type Known, know } from './known.ts';
import { type Prepared, PreparedRequests } from './prepared.ts';
import { isShareable } from './shareable.ts';

export type FrontOptions = GraphqlOptions & {
  readonly newId: () => string;
  /** Of pages that may read answers. */
  readonly allowedOrigins: readonly string[];
  /** Null where no answer is shared. */
  readonly readHead: ReadHead | null;
};

const PREPARED_BYTES = 32 * 1024 * 1024;
const ASKED_BYTES = 1024 * 1024;

/**
 * Answers queries before framework and Apollo see them: from the bytes that were made for the same document, variables and audience while the
 * head of the public stream has not moved, else by the compiled plan. Whoever asks passes the same door and gate as ever. Only whole successes
 * are answered here; everything else goes on with what is known of it already.
 */
export function createFront(options: FrontOptions): Front {
  const queries = new Queries(options);
  return (request, response, pass) => {
    if (request.url !== GRAPHQL_PATH || !isPlainPost(request)) return pass();
    const id = saneId(request.headers['x-correlation-id']) ?? options.newId();
    const visit = { request, response, id, begin: performance.now() };
    options.metrics.httpRequestsInProgress.inc();
    void queries
      .answer(visit)
      .catch((error: unknown): Known => ({ refused: error }))
      .then((known) => {
        options.metrics.httpRequestsInProgress.dec();
        if (known === DONE) return;
        know(request, known);
        pass(id);
      });
  };
}

type Visit = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly id: string;
  readonly begin: number;
};

type Begun = NonNullable<RequestContext['begun']>;

/** Nothing is left to do. */
const DONE = 'done';

class Queries {
  readonly #options: FrontOptions;
  readonly #prepared = new PreparedRequests(PREPARED_BYTES);
  /** Texts that were asked once. Most of those never come again: nothing is kept for them. */
  readonly #asked = new Recent<true>(ASKED_BYTES);
  readonly #head: FreshHead | null;
  readonly #admit: Admission;
  readonly #readmit: Readmission;
  readonly #plans: Plans;

  constructor(options: FrontOptions) {
    this.#options = options;
    this.#head = options.readHead === null ? null : new FreshHead(options.readHead);
    this.#admit = countedAdmission(options, 'http');
    this.#readmit = countedReadmission(options, 'http');
    this.#plans = new Plans(options.schema);
  }

  /** Answers the request, or tells what is known of it. Rejects when it is not to be let in. */
  async answer(visit: Visit): Promise<Known | typeof DONE> {
    const { access } = this.#options;
    const principal = await recognise(this.#options, visit.request, visit.id);
    const body = await bodyOf(visit.request);
    if (body === null) return this.#left(visit);
    const text = body.toString();
    const asker = {
      ...access.contextOf(principal, visit.id),
      address: visit.request.socket.remoteAddress,
    };
    const known = this.#prepared.get(text);
    const admitted = known === undefined ? this.#admitText(text, asker) : this.#readmit(known.admitted, asker);
    if (admitted === null) return { principal, body };
    if (isRefusal(admitted)) return { principal, body, admitted };
    const prepared = known ?? this.#prepare(text, admitted);
    if (prepared === null) return { principal, body, admitted };
    const begun = await this.#give(visit, text, prepared, principal);
    return begun === DONE ? DONE : { principal, body, admitted, begun };
  }

  /** Null for what the framework has to look at. */
  #admitText(text: string, asker: Asker): Admitted | Refusal | null {
    const value = jsonOf(text);
    return value === null ? null : this.#admit(value, asker);
  }

  /** Null for what is not answered here. */
  #prepare(text: string, admitted: Admitted): Prepared | null {
    const plan = this.#plans.of(admitted);
    if (plan === null) return null;
    const prepared = { admitted, plan, shareable: isShareable(this.#options.schema, admitted.document) };
    if (this.#asked.get(text) === undefined) this.#asked.set(text, true, 2 * text.length);
    else this.#prepared.set(text, prepared);
    return prepared;
  }

  /** Sends the answer; or answers what an attempt came to that was no success: graphql-js will find out what is wrong. */
  async #give(visit: Visit, text: string, prepared: Prepared, principal: Principal): Promise<Begun | typeof DONE> {
    const isKept = prepared.shareable && this.#prepared.get(text) === prepared;
    // Read before the answer is made, which then knows at least as much.
    const head = isKept && this.#head !== null ? await this.#head.read() : null;
    const audience = audienceOf(principal);
    const kept = head === null ? undefined : this.#prepared.answer(text, audience, head);
    if (kept !== undefined && !(kept instanceof Attempt)) return this.#send(visit, kept);
    const attempt = kept ?? this.#begin(visit, prepared, principal);
    if (kept === undefined && head !== null) this.#prepared.keep(text, audience, head, attempt);
    visit.response.once('close', attempt.join());
    const bytes = await attempt.bytes;
    if (visit.response.destroyed) return this.#left(visit);
    return bytes === null ? attempt.begun : this.#send(visit, bytes);
  }

  #begin({ id }: Visit, { plan, admitted }: Prepared, principal: Principal): Attempt {
    const { access, resolve, timeoutMs } = this.#options;
    return new Attempt({
      timeoutMs,
      make: async (given) =>
        `${await plan({ ...given, resolve, ...access.contextOf(principal, id) }, admitted.coerced)}\n`,
    });
  }

  #send({ request, response, id, begin }: Visit, bytes: Buffer): typeof DONE {
    const { metrics, allowedOrigins } = this.#options;
    const type = 'application/json; charset=utf-8';
    response.writeHead(200, [
      ...['x-correlation-id', id, 'cache-control', 'no-store', 'content-type', type],
      ...['content-length', String(bytes.length)],
      ...sharedWith(request.headers, allowedOrigins),
    ]);
    response.end(bytes);
    const seconds = (performance.now() - begin) / 1_000;
    metrics.httpRequests.inc(ANSWERED);
    inSampledTrace(request.headers['traceparent'], () => metrics.httpRequestDuration.observe(ROUTE, seconds));
    countOperation(metrics, 'query', [], seconds);
    return DONE;
  }

  /** The client went away before it had its answer. */
  #left({ begin }: Visit): typeof DONE {
    const { metrics } = this.#options;
    metrics.httpRequests.inc(LEFT);
    metrics.httpRequestDuration.observe(ROUTE, (performance.now() - begin) / 1_000);
    return DONE;
  }
}

const ROUTE = { method: 'POST', endpoint: GRAPHQL_PATH } as const;
const ANSWERED = { ...ROUTE, status: '200' };
const LEFT = { ...ROUTE, status: '499' };

const audiences = new WeakMap<Principal, string>();

/** All that an answer may depend on besides its request: those who have it in common may be given the same bytes. */
function audienceOf(principal: Principal): string {
  const known = audiences.get(principal);
  if (known !== undefined) return known;
  const audience = JSON.stringify([principal.tenant, ...principal.permissions.toSorted()]);
  audiences.set(principal, audience);
  return audience;
}
