import type { Clock } from '../platform/clock.ts';
import { isAllowed, type Principal } from './principal.ts';

/** Somebody who stays: a socket with its subscriptions. */
export interface Session {
  readonly principal: Principal;
  /** Aborted when the credential is not what it was any more; the reason is a word for the person who reads it. */
  readonly ended: AbortSignal;
  /** Calls once when that happens. */
  onEnd(run: () => void): void;
  /** To be called when the socket has gone. */
  close(): void;
}

export type SessionWatchOptions = {
  readonly clock: Clock;
  /** Those of the principals that are still good, as they are now. */
  readonly lookAgain: (principals: readonly Principal[]) => Promise<ReadonlyMap<Principal, Principal>>;
  /** Told when nobody could be asked; the sessions go on until somebody can be. */
  readonly onFailure: (error: unknown) => void;
};

const EVERY_MS = 1_000;

/**
 * Ends sessions whose credential has expired, was revoked, or allows less than before: within a second or two, with one look for all of
 * them. While the database is away nothing is known anew; but then there is nothing to be heard from it either.
 */
export class SessionWatch {
  readonly #options: SessionWatchOptions;
  readonly #sessions = new Set<WatchedSession>();

  constructor(options: SessionWatchOptions) {
    this.#options = options;
  }

  open(principal: Principal): Session {
    const session = new WatchedSession(principal, this.#sessions);
    this.#sessions.add(session);
    return session;
  }

  /** Looks at all sessions again and again. Answers what ends it. */
  start(): () => void {
    let looking = false;
    const timer = setInterval(async () => {
      if (looking) return;
      looking = true;
      await this.look().catch(this.#options.onFailure);
      looking = false;
    }, EVERY_MS);
    timer.unref();
    return () => clearInterval(timer);
  }

  async look(): Promise<void> {
    const now = this.#options.clock.now();
    for (const session of this.#sessions) {
      const { expiresAt } = session.principal;
      if (expiresAt !== null && expiresAt <= now) this.#end(session, 'expired');
    }
    const sessions = [...this.#sessions].filter(({ principal }) => principal.kind !== 'development');
    if (sessions.length === 0) return;
    const found = await this.#options.lookAgain(sessions.map(({ principal }) => principal));
    for (const session of sessions) {
      const principal = found.get(session.principal);
      if (principal === undefined) this.#end(session, 'revoked');
      else if (!isAllowed(principal, session.principal.permissions)) this.#end(session, 'allowed less than before');
    }
  }

  #end(session: WatchedSession, reason: string): void {
    if (this.#sessions.delete(session)) session.end(reason);
  }
}

/** There is one for each socket, most of which nobody ever asks for a signal. */
class WatchedSession implements Session {
  readonly principal: Principal;
  readonly #open: Set<WatchedSession>;
  #controller: AbortController | null = null;
  #onEnd: (() => void) | null = null;
  #reason: string | null = null;

  constructor(principal: Principal, open: Set<WatchedSession>) {
    this.principal = principal;
    this.#open = open;
  }

  get ended(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== null) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  onEnd(run: () => void): void {
    this.#onEnd = run;
  }

  end(reason: string): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#onEnd?.();
  }

  close(): void {
    this.#open.delete(this);
  }
}
