import { Agent } from 'undici';
import type { Timer } from '../../pacing.ts';
import { decodeJson } from '../values.ts';

/** Every wait of a request in ms, and the largest answer in bytes. */
export type TransportLimits = {
  readonly connectMs: number;
  /** Until the head of the answer is there, and between two pieces of its body. */
  readonly headersMs: number;
  readonly bodyMs: number;
  /** The whole attempt: a body that drips keeps no request open. */
  readonly totalMs: number;
  readonly connections: number;
  /** A page of 5,000 bars has half a MB, a list of all assets 6 MB. */
  readonly answerBytes: number;
};

export const TRANSPORT_LIMITS: TransportLimits = {
  connectMs: 5_000,
  headersMs: 10_000,
  bodyMs: 10_000,
  totalMs: 30_000,
  connections: 4,
  answerBytes: 16 * 1024 * 1024,
};

export type Request = {
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The parsed JSON; undefined when the body is none. */
  readonly content: unknown;
  /** The beginning of the body. */
  readonly start: string;
  /** From sending the request to the end of the answer, ms. */
  readonly tookMs: number;
};

/** The attempt brought no answer; why is told without anything that was sent. */
export class NoAnswer extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'NoAnswer';
  }
}

/** GET requests over a few kept connections, each within all limits. */
export class Transport {
  readonly #agent: Agent;
  readonly #limits: TransportLimits;
  readonly #timer: Timer;

  constructor(limits: TransportLimits, timer: Timer) {
    this.#limits = limits;
    this.#timer = timer;
    this.#agent = new Agent({
      connect: { timeout: limits.connectMs },
      headersTimeout: limits.headersMs,
      bodyTimeout: limits.bodyMs,
      maxResponseSize: limits.answerBytes,
      maxHeaderSize: 16_384,
      connections: limits.connections,
      pipelining: 1,
      maxOrigins: 8,
      keepAliveTimeout: 30_000,
      keepAliveMaxTimeout: 120_000,
      allowH2: false,
    });
  }

  /** Throws the signal's reason when it is aborted, NoAnswer when the network or a limit ended the attempt. */
  async get({ origin, path, headers: own }: Request, signal: AbortSignal): Promise<Answer> {
    const { totalMs } = this.#limits;
    const late = AbortSignal.timeout(totalMs);
    const sent = this.#timer.now();
    try {
      const { statusCode, headers, body } = await this.#agent.request({
        origin,
        path,
        method: 'GET',
        headers: { ...own, accept: 'application/json' },
        signal: AbortSignal.any([signal, late]),
      });
      const text = await body.text();
      const tookMs = this.#timer.now() - sent;
      return { status: statusCode, headers, content: parsed(text), start: text.slice(0, 200), tookMs };
    } catch (error) {
      signal.throwIfAborted();
      throw new NoAnswer(late.aborted ? `no whole answer in ${totalMs} ms` : reasonOf(error));
    }
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function parsed(text: string): unknown {
  try {
    return decodeJson(text);
  } catch {
    return undefined;
  }
}

/** undici's errors may show the request; their code and the kernel's say enough. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? `the connection failed${code === '' ? '' : ` with ${code}`}`;
}

const REASONS: Readonly<Record<string, string>> = {
  UND_ERR_CONNECT_TIMEOUT: 'it could not be connected to in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer began in time',
  UND_ERR_BODY_TIMEOUT: 'its answer stopped half way',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'its answer is larger than may be read',
  UND_ERR_SOCKET: 'it closed the connection',
  ECONNREFUSED: 'it does not listen',
  ECONNRESET: 'it closed the connection',
  ENOTFOUND: 'its name is not known',
};
