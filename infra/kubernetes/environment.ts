import { databaseRoles } from '../../backend/roles.ts';
import type { Reader, Settings } from '../../backend/settings.ts';
import { google } from '../arithmetic/network.ts';
import { administrator } from '../components/database-flags.ts';
import type { Workload } from '../components/identity.ts';
import type { Config } from '../config/config.ts';
import { followedBy } from '../config/rules.ts';
import type { DeployedRole } from '../config/sizes.ts';
import { database } from '../names.ts';

/** A value that stands in the container, or the name of the secret that holds it. */
export type Value = string | { readonly secret: string };

/** Variables of one reader: another name does not compile. */
export type Environment<R extends Reader> = { readonly [Name in keyof Settings<R>]?: Value };

type Stack = Pick<Config, 'environment' | 'feed' | 'auth' | 'sizes'> & Partial<Pick<Config, 'symbols' | 'tracesUrl'>>;

/** Where a pod listens, so that its probes, Prometheus and the load balancer reach it. */
export const EVERYWHERE = '0.0.0.0';
export const GRAPHQL = '/graphql';

/** What a role finds where it runs. */
export type Place = {
  readonly database: Value;
  /** Where clients reach the service. */
  readonly endpoint: string;
  /** What tells of something new; without it a role looks every half second. */
  readonly cache?: Pick<Environment<'worker'>, 'REDIS_URL' | 'REDIS_AUTH' | 'REDIS_CA'>;
  /** Where backups go. */
  readonly backups?: string;
  /** What of the platform goes there, too: a bucket, and secrets with commas between them. */
  readonly platform?: { readonly state: string; readonly secrets: string } | undefined;
  /** For how many days that place keeps them from everybody, where it does. */
  readonly backupDays?: number | undefined;
  /** The instance of Cloud SQL that the database runs on: project:region:instance. */
  readonly instance?: string;
  /** Whoever adds to X-Forwarded-For before a request arrives. */
  readonly proxies?: string;
};

/** What a stack on Google Cloud has, once it is there. */
type Made = {
  /** The address that clients reach. */
  readonly edge: string;
  /** Its name. */
  readonly domain: string;
  /** Its address, and PEM of the authorities that have signed for it. */
  readonly cache: { readonly url: string; readonly authorities: string };
  /** Name of the bucket for backups. */
  readonly backups: string;
  /** The instance that the database runs on. */
  readonly instance: string;
  readonly platform?: Place['platform'];
  readonly backupDays?: Place['backupDays'];
};

/** `user` is the user of the database, who has no password: the proxy beside it proves who it is. Neither has the cache, nor the bucket. */
export function onGoogle(user: string, { edge, domain, cache, backups, instance, platform, backupDays }: Made): Place {
  return {
    database: databaseUrl(user),
    endpoint: `https://${domain}${GRAPHQL}`,
    cache: { REDIS_URL: cache.url, REDIS_AUTH: 'google', REDIS_CA: cache.authorities },
    backups: `gs://${backups}`,
    instance,
    platform,
    backupDays,
    // The load balancer adds the address of the client, and then its own.
    proxies: [edge, ...google.healthChecks].join(','),
  };
}

/** What each role reads. */
export function environmentOf(role: DeployedRole, stack: Stack, place: Place): Readonly<Record<string, Value>> {
  const always = { ENVIRONMENT: stack.environment, INTERNAL_HOST: EVERYWHERE } as const;
  if (role === 'synthetic')
    return {
      ...always,
      SYNTHETIC_URL: place.endpoint,
      SYNTHETIC_API_KEY: { secret: 'SYNTHETIC_API_KEY' },
    } satisfies Environment<'synthetic'>;
  const common = {
    ...always,
    DATABASE_URL: place.database,
    ...place.cache,
    DATABASE_POOL_SIZE: String(stack.sizes.workloads[role].poolSize),
  } as const;
  switch (role) {
    case 'api':
      return {
        ...common,
        HOST: EVERYWHERE,
        CURSOR_SECRET: { secret: 'CURSOR_SECRET' },
        ...(place.proxies === undefined ? {} : { TRUSTED_PROXIES: place.proxies }),
        ...authOf(stack),
        ...tracesOf(stack),
      } satisfies Environment<'api'>;
    case 'pipeline':
      return {
        ...common,
        FEED: stack.feed,
        ...symbolsOf(stack),
        ...keysOf(stack),
        ...tracesOf(stack),
        ...backupsOf(place),
      } satisfies Environment<'pipeline'>;
    case 'worker':
      return {
        ...common,
        ...backupsOf(place),
        ...instanceOf(place),
        ...platformOf(place),
      } satisfies Environment<'worker'>;
  }
}

/** What the migration reads: the database as its owner, and as the application whose rights it states. */
export function migrationEnvironment({ environment }: Stack, user: string): Readonly<Record<string, Value>> {
  return {
    ENVIRONMENT: environment,
    DATABASE_URL: databaseUrl(user, databaseRoles.application),
    DATABASE_OWNER_URL: databaseUrl(user, databaseRoles.owner),
  } satisfies Environment<'migrate'>;
}

/** What the first task reads: the database as the role that may make roles, and which users are to be what. */
export function preparationEnvironment(users: Readonly<Record<Workload, string>>): Readonly<Record<string, Value>> {
  const { prepare, migrate, ...running } = users;
  return {
    DATABASE_ADMIN_URL: databaseUrl(prepare, administrator),
    DATABASE_OWNER_USERS: migrate,
    // The migration looks at the schema as the application, too.
    DATABASE_APPLICATION_USERS: [...Object.values(running), migrate].join(','),
  } satisfies Environment<'prepare-database'>;
}

function authOf({ auth }: Stack) {
  if (auth === undefined) return {};
  return { AUTH_ISSUER: auth.issuer, AUTH_AUDIENCE: auth.audience, AUTH_JWKS_URL: auth.jwksUrl };
}

function symbolsOf({ feed, symbols }: Stack) {
  return symbols === undefined || feed === 'simulated' ? {} : { [followedBy[feed]]: symbols };
}

/** Either role may take one. */
function backupsOf({ backups, backupDays }: Place) {
  if (backups === undefined) return {};
  const locked = backupDays === undefined ? {} : { BACKUP_LOCK_DAYS: String(backupDays) };
  return { BACKUP_DIR: backups, BACKUP_KEY: { secret: 'BACKUP_KEY' }, ...locked };
}

function instanceOf({ instance }: Place) {
  return instance === undefined ? {} : { CLOUDSQL_INSTANCE: instance };
}

function platformOf({ platform }: Place) {
  return platform === undefined ? {} : { BACKUP_STATE: `gs://${platform.state}`, BACKUP_VALUES: platform.secrets };
}

function tracesOf({ tracesUrl }: Stack) {
  return tracesUrl === undefined ? {} : { TRACES_URL: tracesUrl };
}

function keysOf({ feed }: Stack) {
  if (feed !== 'alpaca') return {};
  return { ALPACA_API_KEY: { secret: 'ALPACA_API_KEY' }, ALPACA_SECRET_KEY: { secret: 'ALPACA_SECRET_KEY' } };
}

/** Through the proxy in the same pod, which encrypts and proves the identity. */
function databaseUrl(user: string, role?: string): string {
  const options = role === undefined ? '' : `?options=${encodeURIComponent(`-c role=${role}`)}`;
  return `postgres://${encodeURIComponent(user)}@127.0.0.1:${database.port}/${database.name}${options}`;
}
