import type { Reader, Settings } from '../../backend/settings.ts';
import type { Config } from '../config/config.ts';
import type { DeployedRole } from '../config/sizes.ts';
import { database } from '../names.ts';

/** A value that stands in the container, or the name of the secret that holds it. */
export type Value = string | { readonly secret: string };

/** Variables of one reader: another name does not compile. */
export type Environment<R extends Reader> = { readonly [Name in keyof Settings<R>]?: Value };

type Stack = Pick<Config, 'environment' | 'feed' | 'auth' | 'sizes'>;

/** Where a pod listens, so that its probes, Prometheus and the load balancer reach it. */
const EVERYWHERE = '0.0.0.0';

/** What each role reads. `user` is its user of the database, who has no password: the proxy beside it proves who it is. */
export function environmentOf(role: DeployedRole, stack: Stack, user: string): Readonly<Record<string, Value>> {
  const common = {
    ENVIRONMENT: stack.environment,
    INTERNAL_HOST: EVERYWHERE,
    DATABASE_URL: databaseUrl(user),
    DATABASE_POOL_SIZE: String(stack.sizes.workloads[role].poolSize),
  } as const;
  switch (role) {
    case 'api':
      return {
        ...common,
        HOST: EVERYWHERE,
        CURSOR_SECRET: { secret: 'CURSOR_SECRET' },
        ...authOf(stack),
      } satisfies Environment<'api'>;
    case 'pipeline':
      return { ...common, FEED: stack.feed, ...keysOf(stack) } satisfies Environment<'pipeline'>;
    case 'worker':
      return common satisfies Environment<'worker'>;
  }
}

/** What the migration reads: the database as its owner, and as the application whose rights it checks. */
export function migrationEnvironment({ environment }: Stack, user: string): Readonly<Record<string, Value>> {
  const url = databaseUrl(user);
  return { ENVIRONMENT: environment, DATABASE_URL: url, DATABASE_OWNER_URL: url } satisfies Environment<'migrate'>;
}

function authOf({ auth }: Stack) {
  if (auth === undefined) return {};
  return { AUTH_ISSUER: auth.issuer, AUTH_AUDIENCE: auth.audience, AUTH_JWKS_URL: auth.jwksUrl };
}

function keysOf({ feed }: Stack) {
  if (feed !== 'alpaca') return {};
  return { ALPACA_API_KEY: { secret: 'ALPACA_API_KEY' }, ALPACA_SECRET_KEY: { secret: 'ALPACA_SECRET_KEY' } };
}

/** Through the proxy in the same pod, which encrypts and proves the identity. */
function databaseUrl(user: string): string {
  return `postgres://${encodeURIComponent(user)}@127.0.0.1:${database.port}/${database.name}`;
}
