import type { Clock } from '../clock.ts';

export type AccessTokensOptions = {
  /** HOST or HOST:PORT of the metadata server, which every machine and pod of Google Cloud has. */
  readonly host: string;
  readonly clock: Clock;
};

/** The metadata server gave none, and no older one is good any more. */
export class NoAccessToken extends Error {
  override readonly name = 'NoAccessToken';
}

type Token = { readonly text: string; readonly until: number };

const PATH = '/computeMetadata/v1/instance/service-accounts/default/token';
const FLAVOR = 'metadata-flavor';
const TIMEOUT_MS = 3_000;
/** The metadata server gives the same token until it has five minutes left; whoever asks sooner gets the same again. ms */
const RENEW_BEFORE_MS = 4 * 60_000;

/**
 * Tokens of the account of Google Cloud that this process runs as. One lives for an hour; it is asked for anew before that is over, and kept
 * while no other can be had. Nobody has to keep a key for it.
 */
export class AccessTokens {
  readonly #options: AccessTokensOptions;
  #token: Token | null = null;
  #asked: Promise<Token> | null = null;

  constructor(options: AccessTokensOptions) {
    this.#options = options;
  }

  /** A token that is good now. Throws NoAccessToken. */
  async get(): Promise<string> {
    const { clock } = this.#options;
    const token = this.#token;
    if (token !== null && clock.now() < token.until - RENEW_BEFORE_MS) return token.text;
    try {
      this.#asked ??= this.#ask();
      this.#token = await this.#asked;
      return this.#token.text;
    } catch (error) {
      if (token !== null && clock.now() < token.until) return token.text;
      throw error;
    } finally {
      this.#asked = null;
    }
  }

  async #ask(): Promise<Token> {
    const { host, clock } = this.#options;
    const began = clock.now();
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(`http://${host}${PATH}`, {
        headers: { [FLAVOR]: 'Google' },
        redirect: 'error',
        signal,
      });
      // Whoever else answers at that address is no metadata server.
      if (!response.ok || response.headers.get(FLAVOR) !== 'Google') throw new Error(`it answered ${response.status}`);
      return tokenOf(await response.json(), began);
    } catch (error) {
      throw new NoAccessToken(`the metadata server ${host} gave no access token: ${reasonOf(error)}`);
    }
  }
}

function tokenOf(answer: unknown, now: number): Token {
  const { access_token: text, expires_in: seconds } = answer as { access_token?: unknown; expires_in?: unknown };
  if (typeof text !== 'string' || text === '' || typeof seconds !== 'number')
    throw new Error('its answer has no token');
  return { text, until: now + seconds * 1_000 };
}

/** fetch says no more than that it failed, and why beneath. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
