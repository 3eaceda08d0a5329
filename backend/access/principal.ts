import { UserError } from '../platform/errors.ts';
import type { Permission } from './permissions.ts';

/** Who asks, as far as the service is concerned. */
export type Principal = {
  readonly kind: 'user' | 'key' | 'development';
  /** Names one person or program for good: `user:<issuer>#<subject>`, `key:<prefix>` or `development`. */
  readonly id: string;
  /** Whose rows may be seen. */
  readonly tenant: string;
  readonly permissions: readonly Permission[];
  /** ms since 1970; null for one that does not expire. */
  readonly expiresAt: number | null;
  /** What has to be looked up to find out whether all of this still holds. */
  readonly origin: Origin;
};

export type Origin =
  | { readonly kind: 'development' }
  | { readonly kind: 'key'; readonly prefix: string }
  | {
      readonly kind: 'user';
      readonly issuer: string;
      readonly subject: string;
      /** ms since 1970. */
      readonly issuedAt: number;
      /** Id of the token, `jti`; null when it has none. */
      readonly tokenId: string | null;
    };

/** Nobody is told why a credential is refused: a stranger would learn from it. The reason goes into the audit log. */
export class Unauthenticated extends UserError {
  readonly reason: string;

  constructor(reason: string) {
    super('UNAUTHENTICATED', 'This needs a credential that is good here: an access token or an API key.');
    this.name = 'Unauthenticated';
    this.reason = reason;
  }
}

export class Forbidden extends UserError {
  constructor(message = 'The credential does not allow this.') {
    super('FORBIDDEN', message);
    this.name = 'Forbidden';
  }
}

export function isAllowed(principal: Principal, needed: readonly Permission[]): boolean {
  return needed.every((permission) => principal.permissions.includes(permission));
}

/**
 * Somebody who stands for all with the same tenant and the same permissions. What is made once for many is made for their audience: nothing else
 * of a principal can decide what they are shown.
 */
export function audienceOf({ kind, tenant, permissions }: Principal): Principal {
  return {
    ...{ kind, tenant, expiresAt: null, origin: { kind: 'development' } },
    id: `audience of ${tenant}`,
    permissions: [...new Set(permissions)].sort(),
  };
}
