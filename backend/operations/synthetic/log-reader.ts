import { logDocument } from './documents.ts';
import { readEvent, type SeenEvent } from './seen-event.ts';

export type LogReaderOptions = {
  /** The address of the GraphQL endpoint, http: or https:. */
  readonly url: string;
  /** Null where nobody is asked who he is. */
  readonly key: string | null;
};

/** The end of the log, or what came after a cursor; null as cursor is the beginning. */
export type LogPage = {
  readonly events: readonly SeenEvent[];
  readonly cursor: string | null;
  readonly hasMore: boolean;
};

const PAGE = 100;
const TIMEOUT_MS = 10_000;

/** Reads the log by queries, as a client does that looks things up. What is no answer is thrown. */
export class LogReader {
  readonly #options: LogReaderOptions;

  constructor(options: LogReaderOptions) {
    this.#options = options;
  }

  /** Its newest event, and the cursor after it. */
  async end(signal: AbortSignal): Promise<LogPage> {
    return this.#ask({ last: 1 }, signal);
  }

  async after(cursor: string | null, signal: AbortSignal): Promise<LogPage> {
    return this.#ask({ first: PAGE, after: cursor }, signal);
  }

  async #ask(variables: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<LogPage> {
    const { url, key } = this.#options;
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify({ query: logDocument, variables }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const answer = (await response.json()) as Answer;
    const found = answer.data?.signalEvents;
    if (found === undefined)
      throw new Error(answer.errors?.[0]?.message ?? `status ${response.status} without data or errors`);
    const cursor = found.pageInfo.endCursor;
    return { events: found.nodes.map(readEvent), cursor, hasMore: found.pageInfo.hasNextPage };
  }
}

type Answer = {
  readonly data?: {
    readonly signalEvents: {
      readonly nodes: readonly unknown[];
      readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
    };
  } | null;
  readonly errors?: readonly { readonly message: string }[];
};
