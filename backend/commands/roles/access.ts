import { randomBytes } from 'node:crypto';
import { Access } from '../../access/access.ts';
import { ApiKeys } from '../../access/api-keys.ts';
import { Authenticator } from '../../access/authenticator.ts';
import { remoteKeySet } from '../../access/key-set.ts';
import { Refusals } from '../../access/refusals.ts';
import { SessionWatch } from '../../access/session-watch.ts';
import { TokenVerifier } from '../../access/tokens.ts';
import { UserRestrictions } from '../../access/user-restrictions.ts';
import type { Metrics } from '../../metrics/registry.ts';
import { wallClock } from '../../platform/clock.ts';
import type { Pool } from '../../platform/database/pool.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Settings } from '../../settings.ts';

export type AccessSettings = Pick<
  Settings<'api'>,
  'ENVIRONMENT' | 'AUTH_ISSUER' | 'AUTH_AUDIENCE' | 'AUTH_JWKS_URL' | 'AUTH_TENANT_CLAIM' | 'DEVELOPMENT_PRINCIPAL'
>;

export type AccessOptions = {
  readonly settings: AccessSettings;
  readonly pool: Pool;
  readonly log: Logger;
  readonly metrics: Metrics;
};

/** The door, the keys behind it, and what stops looking after those who came in. */
export type OpenAccess = { readonly access: Access; readonly keys: ApiKeys; readonly stop: () => Promise<void> };

export function openAccess({ settings, pool, log, metrics }: AccessOptions): OpenAccess {
  const clock = wallClock;
  const keys = new ApiKeys(pool, clock, randomBytes);
  const authenticator = new Authenticator({
    keys,
    tokens: tokensOf(settings),
    restrictions: new UserRestrictions(pool),
    development: hasDevelopmentPrincipal(settings),
  });
  const sessions = new SessionWatch({
    clock,
    lookAgain: (principals) => authenticator.lookAgain(principals),
    onFailure: (error) => log.warn('open sessions could not be looked at again', { error }),
  });
  const onFailure = (error: unknown): void => log.error('a refusal is missing in the audit log', { error });
  const refusals = new Refusals(pool, clock, onFailure);
  const access = new Access({
    ...{ authenticator, sessions, refusals },
    count: (credential, outcome) => metrics.authentications.inc({ credential, outcome }),
  });
  const stopLooking = sessions.start();
  return {
    ...{ access, keys },
    stop: async () => {
      stopLooking();
      await refusals.flush();
    },
  };
}

/** Whoever asks without a credential is the developer of the machine, where nothing else was said. Settings refuse it elsewhere. */
function hasDevelopmentPrincipal(settings: AccessSettings): boolean {
  const { ENVIRONMENT, AUTH_ISSUER, DEVELOPMENT_PRINCIPAL } = settings;
  return DEVELOPMENT_PRINCIPAL ?? ((ENVIRONMENT === 'development' || ENVIRONMENT === 'test') && AUTH_ISSUER === null);
}

function tokensOf(settings: AccessSettings): TokenVerifier | null {
  const { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience, AUTH_JWKS_URL: url } = settings;
  if (issuer === null || audience === null || url === null) return null;
  const keys = remoteKeySet({ url, clock: wallClock, fetch: (address, options) => fetch(address, options) });
  return new TokenVerifier({ issuer, audience, keys, tenantClaim: settings.AUTH_TENANT_CLAIM, clock: wallClock });
}
