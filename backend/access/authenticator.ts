import type { ApiKeys } from './api-keys.ts';
import type { Credential } from './credential.ts';
import { DEVELOPER, isFromHere, type Place } from './development.ts';
import { type Principal, Unauthenticated } from './principal.ts';
import type { TokenVerifier } from './tokens.ts';
import type { UserRestrictions } from './user-restrictions.ts';

export type AuthenticatorParts = {
  readonly keys: ApiKeys;
  /** Null where no issuer is configured: then no token is good. */
  readonly tokens: TokenVerifier | null;
  readonly restrictions: UserRestrictions;
  /** Whether somebody without a credential is the developer of this machine. */
  readonly development: boolean;
};

/** Tells from a credential who asks. The same on every transport. */
export class Authenticator {
  readonly #parts: AuthenticatorParts;

  constructor(parts: AuthenticatorParts) {
    this.#parts = parts;
  }

  /** Throws Unauthenticated when nobody may be recognised. */
  async recognise(credential: Credential, place: Place): Promise<Principal> {
    const { keys, tokens, restrictions, development } = this.#parts;
    if (credential.kind === 'key') return keys.recognise(credential.text);
    if (credential.kind === 'none') {
      if (development && isFromHere(place)) return DEVELOPER;
      throw new Unauthenticated(development ? 'no credential, and not from this machine' : 'no credential');
    }
    if (tokens === null) throw new Unauthenticated('no issuer of tokens is configured');
    const user = await tokens.recognise(credential.text);
    const allowed = (await restrictions.applied([user])).get(user);
    if (allowed === undefined) throw new Unauthenticated(`${user.id} is shut out`);
    return allowed;
  }

  /** Those of the principals that are still good, as they are now; all look-ups together are three. */
  async lookAgain(principals: readonly Principal[]): Promise<Map<Principal, Principal>> {
    const { keys, restrictions } = this.#parts;
    const prefixes = principals.flatMap(({ origin }) => (origin.kind === 'key' ? [origin.prefix] : []));
    const [active, users] = await Promise.all([
      prefixes.length === 0 ? new Map<string, Principal>() : keys.stillActive([...new Set(prefixes)]),
      restrictions.applied(principals),
    ]);
    const found = new Map<Principal, Principal>(users);
    for (const principal of principals) {
      const { origin } = principal;
      if (origin.kind === 'development') found.set(principal, principal);
      const key = origin.kind === 'key' ? active.get(origin.prefix) : undefined;
      if (key !== undefined) found.set(principal, key);
    }
    return found;
  }
}
