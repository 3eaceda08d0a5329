import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Clock } from '../platform/clock.ts';
import { UserError } from '../platform/errors.ts';
import { KeySetUnavailable } from './key-set.ts';
import { permissionsIn } from './permissions.ts';
import { type Principal, Unauthenticated } from './principal.ts';

export type TokenOptions = {
  readonly issuer: string;
  readonly audience: string;
  /** The claim that says which tenant the user belongs to. */
  readonly tenantClaim: string;
  readonly keys: JWTVerifyGetKey;
  readonly clock: Clock;
};

/** Signatures with a private key only: with a shared secret our public knowledge would be enough to sign. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
const TYPES = new Set([undefined, 'jwt', 'at+jwt', 'application/at+jwt']);
/** Claims that only an ID token has: it tells a client who logged in, and opens nothing. */
const ID_TOKEN_CLAIMS = ['nonce', 'at_hash', 'c_hash'];
const LONGEST = 8_192;
/** By how much the clock of the issuer may be ahead of ours. */
const SKEW_SECONDS = 5;

/** The access tokens of users. */
export class TokenVerifier {
  readonly #options: TokenOptions;

  constructor(options: TokenOptions) {
    this.#options = options;
  }

  /** Whose token this is. Throws Unauthenticated for one that is good for nothing, and says UNAVAILABLE while the issuer's keys cannot be had. */
  async recognise(token: string): Promise<Principal> {
    if (token.length > LONGEST) throw new Unauthenticated('the token is too long');
    const { issuer, audience, keys, clock } = this.#options;
    const now = clock.now();
    try {
      const { payload, protectedHeader } = await jwtVerify(token, namedKey(keys), {
        ...{ issuer, audience, algorithms: ALGORITHMS, clockTolerance: SKEW_SECONDS },
        requiredClaims: ['exp', 'iat', 'sub', this.#options.tenantClaim],
        currentDate: new Date(now),
      });
      if (!TYPES.has(protectedHeader.typ?.toLowerCase())) throw new Unauthenticated('no access token by its type');
      return this.#principal(payload, now);
    } catch (error) {
      throw refusalOf(error);
    }
  }

  #principal(claims: JWTPayload, now: number): Principal {
    const { issuer, tenantClaim } = this.#options;
    const { sub = '', exp = 0, iat = 0, jti } = claims;
    const tenant = claims[tenantClaim];
    if (ID_TOKEN_CLAIMS.some((claim) => claim in claims)) throw new Unauthenticated('an ID token');
    if (typeof tenant !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(tenant))
      throw new Unauthenticated(`the claim ${tenantClaim} names no tenant`);
    if (!/^[\x21-\x7e]{1,255}$/.test(sub)) throw new Unauthenticated('the subject is no name');
    // Nothing is good beyond its time: a subscription ends at that moment, too.
    if (exp * 1_000 <= now) throw new Unauthenticated('the token has expired');
    if (iat * 1_000 > now + SKEW_SECONDS * 1_000) throw new Unauthenticated('the token is from the future');
    return {
      ...{ kind: 'user', id: `user:${issuer}#${sub}`, tenant },
      permissions: permissionsIn(scopesOf(claims)),
      expiresAt: exp * 1_000,
      origin: {
        ...{ kind: 'user', issuer, subject: sub, issuedAt: iat * 1_000 },
        tokenId: typeof jti === 'string' ? jti : null,
      },
    };
  }
}

/** The key that a token names. For one that names none the library would take the only key that fits, and so try out keys. */
function namedKey(keys: JWTVerifyGetKey): JWTVerifyGetKey {
  return (header, token) => {
    if (typeof header.kid !== 'string' || header.kid === '') throw new Unauthenticated('the token names no key');
    return keys(header, token);
  };
}

/** `scope` is text with spaces (RFC 8693), `scp` what some providers write instead, also as a list. */
function scopesOf(claims: JWTPayload): string[] {
  const given = claims['scope'] ?? claims['scp'];
  if (Array.isArray(given)) return given.filter((scope) => typeof scope === 'string');
  return typeof given === 'string' ? given.split(' ') : [];
}

function refusalOf(error: unknown): unknown {
  if (error instanceof Unauthenticated) return error;
  if (error instanceof KeySetUnavailable || error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid)
    return new UserError('UNAVAILABLE', 'Access tokens cannot be verified at the moment; try again.', { cause: error });
  if (error instanceof errors.JOSEError) return new Unauthenticated(error.code);
  // What the library throws for a header that it cannot even read.
  return error instanceof TypeError ? new Unauthenticated('not readable as a token') : error;
}
