import type { Clock } from '../platform/clock.ts';
import { type Connection, type Pool, transaction } from '../platform/database/pool.ts';
import { InvalidInput, quote, UserError } from '../platform/errors.ts';
import { isSameHash, newApiKey, readApiKey } from './api-key.ts';
import { audit } from './audit-log.ts';
import { type Permission, permissionsIn } from './permissions.ts';
import { Forbidden, isAllowed, type Principal, Unauthenticated } from './principal.ts';

/** What may be told about a key. Times are ms since 1970. */
export type ApiKey = {
  readonly prefix: string;
  readonly tenant: string;
  readonly name: string;
  readonly scopes: readonly Permission[];
  readonly createdBy: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
  /** Prefix of the key that takes its place. */
  readonly rotatedTo: string | null;
  /** To within five minutes. */
  readonly lastUsedAt: number | null;
};

/** The text is given once, here; what is stored cannot be turned back into it. */
export type NewApiKey = { readonly key: ApiKey; readonly text: string };

/** Who asks for a change, and the id of the request for the audit log. */
export type Asking = { readonly principal: Principal; readonly requestId: string | null };

const DAY_MS = 86_400_000;
const MOST_DAYS = 366;
const MOST_OVERLAP_MINUTES = 7 * 24 * 60;

const COLUMNS = `prefix, tenant, name, scopes, created_by as "createdBy", created_at as "createdAt", expires_at as "expiresAt",
  revoked_at as "revokedAt", rotated_to as "rotatedTo", last_used_at as "lastUsedAt"`;

/** The keys of programs: made, used, rotated and revoked. Each change is told in the audit log, in its own transaction. */
export class ApiKeys {
  readonly #pool: Pool;
  readonly #clock: Clock;
  readonly #random: (bytes: number) => Buffer;

  constructor(pool: Pool, clock: Clock, random: (bytes: number) => Buffer) {
    this.#pool = pool;
    this.#clock = clock;
    this.#random = random;
  }

  /** Nobody hands on more than he may do himself. */
  async create(
    asking: Asking,
    wanted: { readonly name: string; readonly scopes: readonly Permission[]; readonly days: number },
  ): Promise<NewApiKey> {
    const { name, days } = wanted;
    const scopes = permissionsIn(wanted.scopes);
    if (!/^[\p{L}\p{N} ._-]{1,64}$/u.test(name))
      throw new InvalidInput('name', name, '1 to 64 letters, digits, spaces, dots, hyphens and underscores');
    if (scopes.length === 0) throw new InvalidInput('scopes', scopes, 'at least one');
    if (days < 1 || days > MOST_DAYS) throw new InvalidInput('days', days, `an integer from 1 to ${MOST_DAYS}`);
    if (!isAllowed(asking.principal, scopes)) throw new Forbidden();
    return transaction(this.#pool, async (connection) => {
      const made = await this.#insert(connection, asking, {
        ...{ name, scopes },
        tenant: asking.principal.tenant,
        expiresAt: this.#clock.now() + days * DAY_MS,
      });
      await this.#tell(connection, asking, 'createApiKey', made.key.prefix, scopes.join(' '));
      return made;
    });
  }

  /** A key in the place of another, for as long as that one was made for; the old one goes on for the overlap, so that nothing stands still. */
  async rotate(asking: Asking, prefix: string, overlapMinutes: number): Promise<NewApiKey> {
    if (overlapMinutes < 0 || overlapMinutes > MOST_OVERLAP_MINUTES)
      throw new InvalidInput('overlapMinutes', overlapMinutes, `an integer from 0 to ${MOST_OVERLAP_MINUTES}`);
    return transaction(this.#pool, async (connection) => {
      const old = await this.#own(connection, asking, prefix);
      const now = this.#clock.now();
      if (old.revokedAt !== null || old.expiresAt <= now || old.rotatedTo !== null)
        throw new UserError('KEY_NOT_ACTIVE', `The key ${quote(prefix)} is revoked, expired or rotated already`);
      if (!isAllowed(asking.principal, old.scopes)) throw new Forbidden();
      const made = await this.#insert(connection, asking, {
        ...{ name: old.name, scopes: old.scopes, tenant: old.tenant },
        expiresAt: now + (old.expiresAt - old.createdAt),
      });
      await connection.query(
        `update api_key set rotated_to = $2, expires_at = least(expires_at, $3) where prefix = $1`,
        [prefix, made.key.prefix, new Date(now + overlapMinutes * 60_000)],
      );
      await this.#tell(connection, asking, 'rotateApiKey', prefix, `to ${made.key.prefix}`);
      return made;
    });
  }

  /** Holds at once for new requests, and within seconds for what is open. Revoking again changes nothing. */
  async revoke(asking: Asking, prefix: string): Promise<ApiKey> {
    return transaction(this.#pool, async (connection) => {
      await this.#own(connection, asking, prefix);
      const { rows } = await connection.query<ApiKey>(
        `update api_key set revoked_at = coalesce(revoked_at, $2) where prefix = $1 returning ${COLUMNS}`,
        [prefix, new Date(this.#clock.now())],
      );
      await this.#tell(connection, asking, 'revokeApiKey', prefix, null);
      return rows[0] as ApiKey;
    });
  }

  /** Newest first. */
  async list(tenant: string): Promise<ApiKey[]> {
    const sql = `select ${COLUMNS} from api_key where tenant = $1 order by created_at desc, prefix limit 1000`;
    return (await this.#pool.query<ApiKey>(sql, [tenant])).rows;
  }

  /** Whose key this is. Throws Unauthenticated for one that opens nothing. */
  async recognise(text: string): Promise<Principal> {
    const given = readApiKey(text);
    if (given === null) throw new Unauthenticated('no API key has this form');
    const { rows } = await this.#pool.query<ApiKey & { hash: Buffer }>({
      name: 'api-key',
      text: `select ${COLUMNS}, hash from api_key where prefix = $1`,
      values: [given.prefix],
    });
    const key = rows[0];
    // A prefix that nobody has is compared as well: it must not answer sooner.
    const isRight = isSameHash(key?.hash ?? Buffer.alloc(given.hash.length), given.hash);
    if (key === undefined || !isRight) throw new Unauthenticated('unknown API key');
    const now = this.#clock.now();
    if (!isActive(key, now)) throw new Unauthenticated(`API key ${key.prefix} is revoked or expired`);
    await this.#noteUse(key, now);
    return principalOf(key);
  }

  /** Those of the keys that still open something, as they are now. */
  async stillActive(prefixes: readonly string[]): Promise<Map<string, Principal>> {
    const sql = `select ${COLUMNS} from api_key where prefix = any ($1)`;
    const { rows } = await this.#pool.query<ApiKey>(sql, [prefixes]);
    const now = this.#clock.now();
    return new Map(rows.filter((key) => isActive(key, now)).map((key) => [key.prefix, principalOf(key)]));
  }

  /** Written at most once in five minutes: a busy key must not make a row a request. */
  async #noteUse({ prefix, lastUsedAt }: ApiKey, now: number): Promise<void> {
    if (lastUsedAt !== null && now - lastUsedAt < USE_GRAIN_MS) return;
    await this.#pool.query(
      `update api_key set last_used_at = $2 where prefix = $1 and (last_used_at is null or last_used_at <= $3)`,
      [prefix, new Date(now), new Date(now - USE_GRAIN_MS)],
    );
  }

  /** The key, held until the end of the transaction. One of another tenant is not there. */
  async #own(connection: Connection, { principal }: Asking, prefix: string): Promise<ApiKey> {
    const sql = `select ${COLUMNS} from api_key where prefix = $1 and tenant = $2 for update`;
    const { rows } = await connection.query<ApiKey>(sql, [prefix, principal.tenant]);
    const key = rows[0];
    if (key === undefined) throw new InvalidInput('prefix', prefix, 'the prefix of an API key of yours');
    return key;
  }

  async #insert(
    connection: Connection,
    { principal }: Asking,
    wanted: Pick<ApiKey, 'name' | 'scopes' | 'tenant' | 'expiresAt'>,
  ): Promise<NewApiKey> {
    const { prefix, hash, text } = newApiKey(this.#random);
    const { rows } = await connection.query<ApiKey>(
      `insert into api_key (prefix, hash, tenant, name, scopes, created_by, created_at, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${COLUMNS}`,
      [
        ...[prefix, hash, wanted.tenant, wanted.name, wanted.scopes, principal.id],
        ...[new Date(this.#clock.now()), new Date(wanted.expiresAt)],
      ],
    );
    return { key: rows[0] as ApiKey, text };
  }

  #tell(connection: Connection, asking: Asking, action: string, prefix: string, detail: string | null): Promise<void> {
    const { principal, requestId } = asking;
    return audit(connection, this.#clock.now(), [
      {
        ...{ actor: principal.id, tenant: principal.tenant, requestId },
        ...{ action, target: `key:${prefix}`, outcome: 'done', detail },
      },
    ]);
  }
}

const USE_GRAIN_MS = 5 * 60_000;

function isActive(key: ApiKey, now: number): boolean {
  return key.revokedAt === null && key.expiresAt > now;
}

function principalOf(key: ApiKey): Principal {
  return {
    ...{ kind: 'key', id: `key:${key.prefix}`, tenant: key.tenant },
    permissions: permissionsIn(key.scopes),
    expiresAt: key.expiresAt,
    origin: { kind: 'key', prefix: key.prefix },
  };
}
