import type { RequestContext } from '../platform/graphql/context.ts';
import type { Authenticator } from './authenticator.ts';
import { type Credential, credentialIn } from './credential.ts';
import type { Place } from './development.ts';
import { Forbidden, type Principal, Unauthenticated } from './principal.ts';
import type { Refusals } from './refusals.ts';
import type { Session, SessionWatch } from './session-watch.ts';

/** What a resolver knows about who asks. */
export type AccessContext = RequestContext & {
  readonly principal: Principal;
  /** Id of the request, for logs and the audit log. */
  readonly requestId: string | null;
  /** Aborted when the credential of a socket is not what it was any more; never for a request that has one answer. */
  readonly ended: AbortSignal;
  /** Puts into the audit log that the principal asked for what it may not have. */
  readonly noteForbidden: (action: string) => void;
};

/** What belongs to one request, besides who asks. */
export type Asked = {
  /** Headers, or what a socket was opened with, by names in small letters: credentials, and `x-tenant`. */
  readonly named: Readonly<Record<string, unknown>>;
  readonly place: Place;
  readonly requestId: string | null;
};

export type AccessParts = {
  readonly authenticator: Authenticator;
  readonly sessions: SessionWatch;
  readonly refusals: Refusals;
  /** Told of each attempt. */
  readonly count: (credential: Credential['kind'] | 'unreadable', outcome: 'ok' | 'refused' | 'unavailable') => void;
};

/** The door: every request of every transport comes through it. */
export class Access {
  readonly #parts: AccessParts;

  constructor(parts: AccessParts) {
    this.#parts = parts;
  }

  /** Who asks. Throws Unauthenticated for nobody, and says UNAVAILABLE while it cannot be known. */
  async recognise({ named, place, requestId }: Asked): Promise<Principal> {
    const { authenticator, refusals, count } = this.#parts;
    let kind: Credential['kind'] | 'unreadable' = 'unreadable';
    try {
      const credential = credentialIn(named);
      kind = credential.kind;
      const principal = await authenticator.recognise(credential, place);
      // The tenant is that of the credential; who names another one is told so, and not served as somebody else.
      if (named['x-tenant'] !== undefined && named['x-tenant'] !== principal.tenant) {
        this.contextOf(principal, requestId).noteForbidden('another tenant');
        throw new Forbidden();
      }
      count(kind, 'ok');
      return principal;
    } catch (error) {
      count(kind, error instanceof Unauthenticated || error instanceof Forbidden ? 'refused' : 'unavailable');
      if (error instanceof Unauthenticated)
        void refusals.note({
          ...{ actor: 'nobody', tenant: null, action: 'authenticate', target: kind, requestId },
          ...{ outcome: 'refused', detail: error.reason },
        });
      throw error;
    }
  }

  /** Watches over somebody who stays. */
  open(principal: Principal): Session {
    return this.#parts.sessions.open(principal);
  }

  /** What resolvers are told; `ended` is that of a session. */
  contextOf(
    principal: Principal,
    requestId: string | null,
    ended: AbortSignal = NEVER,
  ): Omit<AccessContext, keyof RequestContext> {
    return {
      ...{ principal, requestId, ended },
      noteForbidden: (action) =>
        void this.#parts.refusals.note({
          ...{ actor: principal.id, tenant: principal.tenant, action, target: null, requestId },
          ...{ outcome: 'denied', detail: null },
        }),
    };
  }
}

const NEVER = new AbortController().signal;
