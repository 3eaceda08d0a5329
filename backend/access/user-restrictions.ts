import type { Pool } from '../platform/database/pool.ts';
import { permissionsIn } from './permissions.ts';
import type { Origin, Principal } from './principal.ts';

type UserOrigin = Extract<Origin, { kind: 'user' }>;
type UserPrincipal = Principal & { readonly origin: UserOrigin };

type Restriction = {
  readonly issuer: string;
  readonly subject: string;
  readonly disabledAt: number | null;
  readonly tokensNotBefore: number | null;
  readonly allowed: string[] | null;
};

/** What is taken away from users, whatever their tokens say: they may be disabled, logged out, allowed less, or one token may be lost. */
export class UserRestrictions {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** The users as they are now, by the principal that was given; those who are shut out are left out. Two look-ups for all of them. */
  async applied(principals: readonly Principal[]): Promise<Map<Principal, Principal>> {
    const users = principals.filter(isUser);
    if (users.length === 0) return new Map();
    const [restrictions, revoked] = await Promise.all([this.#restrictions(users), this.#revoked(users)]);
    const found = new Map<Principal, Principal>();
    for (const user of users) {
      const { issuer, subject, tokenId } = user.origin;
      if (tokenId !== null && revoked.has(keyOf(issuer, tokenId))) continue;
      const now = restricted(user, restrictions.get(keyOf(issuer, subject)));
      if (now !== null) found.set(user, now);
    }
    return found;
  }

  async #restrictions(users: readonly UserPrincipal[]): Promise<Map<string, Restriction>> {
    const { rows } = await this.#pool.query<Restriction>({
      name: 'user-restrictions',
      text: `select issuer, subject, disabled_at as "disabledAt", tokens_not_before as "tokensNotBefore", allowed_permissions as allowed
               from user_restriction join unnest($1::text[], $2::text[]) as asked (issuer, subject) using (issuer, subject)`,
      values: [users.map(({ origin }) => origin.issuer), users.map(({ origin }) => origin.subject)],
    });
    return new Map(rows.map((row) => [keyOf(row.issuer, row.subject), row]));
  }

  async #revoked(users: readonly UserPrincipal[]): Promise<Set<string>> {
    const named = users.filter(({ origin }) => origin.tokenId !== null);
    if (named.length === 0) return new Set();
    const { rows } = await this.#pool.query<{ issuer: string; token_id: string }>({
      name: 'revoked-tokens',
      text: `select issuer, token_id from revoked_token join unnest($1::text[], $2::text[]) as asked (issuer, token_id) using (issuer, token_id)`,
      values: [named.map(({ origin }) => origin.issuer), named.map(({ origin }) => origin.tokenId)],
    });
    return new Set(rows.map((row) => keyOf(row.issuer, row.token_id)));
  }
}

function isUser(principal: Principal): principal is UserPrincipal {
  return principal.origin.kind === 'user';
}

function restricted(user: UserPrincipal, restriction: Restriction | undefined): Principal | null {
  if (restriction === undefined) return user;
  const { disabledAt, tokensNotBefore, allowed } = restriction;
  if (disabledAt !== null) return null;
  if (tokensNotBefore !== null && user.origin.issuedAt < tokensNotBefore) return null;
  if (allowed === null) return user;
  return { ...user, permissions: permissionsIn(allowed).filter((permission) => user.permissions.includes(permission)) };
}

/** No part of it can hold the separator: a subject is printable. */
function keyOf(issuer: string, name: string): string {
  return `${issuer}\n${name}`;
}
