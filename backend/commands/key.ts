import { randomBytes } from 'node:crypto';
import { ApiKeys } from '../access/api-keys.ts';
import { PERMISSIONS, type Permission } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { wallClock } from '../platform/clock.ts';
import { InvalidInput } from '../platform/errors.ts';
import { readSettings } from '../settings.ts';
import { fact, type Write } from './console/fact.ts';
import { openRuntime } from './runtime/runtime.ts';

export type KeyFlags = {
  readonly name: string;
  readonly tenant: string;
  readonly scopes?: string;
  readonly days: string;
  readonly dataDir?: string;
};

/**
 * Makes an API key without one: whoever can reach the database as the service does needs none. The key goes to standard output and nowhere
 * else; the audit log says that it was made here.
 */
export async function keyCommand(flags: KeyFlags, { write }: { readonly write: Write }): Promise<void> {
  const scopes = scopesOf(flags.scopes);
  const days = /^\d{1,3}$/.test(flags.days) ? Number(flags.days) : Number.NaN;
  if (Number.isNaN(days)) throw new InvalidInput('--days', flags.days, 'an integer from 1 to 366');
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(flags.tenant))
    throw new InvalidInput('--tenant', flags.tenant, '1 to 64 letters, digits, dots, hyphens and underscores');
  const settings = { ...readSettings('key'), DATABASE_OWNER_URL: null };
  const runtime = await openRuntime({
    settings,
    dataDir: flags.dataDir ?? null,
    forPerson: true,
    onFatal: () => undefined,
  });
  try {
    const keys = new ApiKeys(runtime.pool, wallClock, randomBytes);
    const asking = { principal: operator(flags.tenant), requestId: null };
    const { key, text } = await keys.create(asking, { name: flags.name, scopes, days });
    fact(write, 'tenant', key.tenant);
    fact(write, 'allows', key.scopes.join(', '));
    fact(write, 'expires', new Date(key.expiresAt).toISOString());
    fact(write, 'use', 'header "authorization: Bearer <key>" or "x-api-key: <key>"; the same names in connection_init');
    fact(write, 'key', `${text}   (shown once: keep it where secrets are kept)`);
  } finally {
    await runtime.lifecycle.stop();
  }
}

/** Whoever runs this command. */
function operator(tenant: string): Principal {
  const origin = { kind: 'development' } as const;
  return { kind: 'development', id: 'operator', tenant, permissions: PERMISSIONS, expiresAt: null, origin };
}

function scopesOf(list: string | undefined): readonly Permission[] {
  if (list === undefined) return PERMISSIONS;
  return list.split(',').map((word) => {
    const known = PERMISSIONS.find((permission) => permission === word.trim());
    if (known === undefined) throw new InvalidInput('--scopes', word, `one of ${PERMISSIONS.join(', ')}`);
    return known;
  });
}
