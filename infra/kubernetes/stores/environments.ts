import { ports } from '../../../backend/roles.ts';
import type { Config } from '../../config/config.ts';
import { database } from '../../names.ts';
import { type Environment, GRAPHQL, type Place, type Value } from '../environment.ts';
import { cachePort, names } from './store.ts';

type Variables = Readonly<Record<string, Value>>;

/** What each reads where the database is in the cluster: it has one user, with a password, who acts as one role or the other. */
export function localEnvironments({ environment }: Pick<Config, 'environment'>): {
  readonly place: Place;
  readonly preparation: Variables;
  readonly migration: Variables;
} {
  const url = { secret: 'DATABASE_URL' } as const;
  return {
    place: {
      database: url,
      endpoint: `http://api:${ports.public.number}${GRAPHQL}`,
      cache: { REDIS_URL: `redis://${names.cache}:${cachePort}` },
    },
    preparation: {
      DATABASE_ADMIN_URL: { secret: 'DATABASE_ADMIN_URL' },
      DATABASE_OWNER_USERS: database.name,
      DATABASE_APPLICATION_USERS: database.name,
    } satisfies Environment<'prepare-database'>,
    migration: {
      ENVIRONMENT: environment,
      DATABASE_URL: url,
      DATABASE_OWNER_URL: { secret: 'DATABASE_OWNER_URL' },
    } satisfies Environment<'migrate'>,
  };
}
