import { setTimeout as sleep } from 'node:timers/promises';

export type SqlAdminOptions = {
  /** Of the Cloud SQL Admin API. */
  readonly url?: string;
  /** A token that is good now. */
  readonly token: () => Promise<string>;
  /** Spreads what is tried again; 0 to 1. */
  readonly random: () => number;
  /** Before the second attempt; twice as long before each after it. ms */
  readonly backoffMs?: number;
};

/** The Cloud SQL Admin API said no, or nothing for too long: `status` is its HTTP status, 0 without an answer. */
export class SqlAdminError extends Error {
  override readonly name = 'SqlAdminError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What is asked: by GET unless it says otherwise. */
export type SqlAsk = { readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'; readonly body?: object };

const URL_OF_GOOGLE = 'https://sqladmin.googleapis.com';
const TIMEOUT_MS = 30_000;
const ATTEMPTS = 6;
/** A quota that is used up, and a service that is away: nothing was done. */
const NOTHING_DONE = [429, 503];
/** What may have been done, and can be read once more without harm. */
const UNKNOWN = [0, 408, 500, 502, 504];

/** Requests to the Cloud SQL Admin API v1: https://cloud.google.com/sql/docs/postgres/admin-api/rest. */
export class SqlAdminClient {
  readonly #options: SqlAdminOptions;

  constructor(options: SqlAdminOptions) {
    this.#options = options;
  }

  /** Answers what a path gave, which is JSON. Throws a SqlAdminError; what changes something is sent again only where nothing was done. */
  async ask(path: string, { method = 'GET', body }: SqlAsk = {}): Promise<unknown> {
    const passing = method === 'GET' ? [...NOTHING_DONE, ...UNKNOWN] : NOTHING_DONE;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(path, method, body);
      } catch (error) {
        const isPassing = error instanceof SqlAdminError && passing.includes(error.status);
        if (!isPassing || attempt >= ATTEMPTS) throw error;
        const { random, backoffMs = 500 } = this.#options;
        await sleep(backoffMs * 2 ** (attempt - 1) * (0.5 + random() / 2));
      }
    }
  }

  async #once(path: string, method: string, body: object | undefined): Promise<unknown> {
    const { url = URL_OF_GOOGLE, token } = this.#options;
    const headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, {
      ...{ method, headers, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new SqlAdminError(0, `Cloud SQL gave no answer to ${method} ${path}: ${reasonOf(error)}`);
    });
    const said = await response.text().catch(() => '');
    if (!response.ok)
      throw new SqlAdminError(
        response.status,
        `Cloud SQL answered ${response.status} to ${method} ${path}: ${said.slice(0, 300)}`,
      );
    try {
      return JSON.parse(said);
    } catch {
      throw new SqlAdminError(0, `Cloud SQL answered ${method} ${path} with what is no JSON: ${said.slice(0, 100)}`);
    }
  }
}

/** fetch says no more than that it failed, and why beneath. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
