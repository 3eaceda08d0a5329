import { ports } from '../../../backend/roles.ts';
import type { Config } from '../../config/config.ts';
import { database } from '../../names.ts';
import { type Environment, EVERYWHERE, GRAPHQL, type Place, type Value } from '../environment.ts';
import { cachePort, names, places } from './store.ts';

type Variables = Readonly<Record<string, Value>>;

/** The data folder of the server, of the major version of its image. */
export const databaseFiles = `${places.data}/18/docker`;

/** What each reads where the database is in the cluster: it has one user, with a password, who acts as one role or the other. */
export function localEnvironments({ environment }: Pick<Config, 'environment'>): {
  readonly place: Place;
  readonly preparation: Variables;
  readonly migration: Variables;
  readonly keeper: Variables;
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
    keeper: {
      ENVIRONMENT: environment,
      INTERNAL_HOST: EVERYWHERE,
      DATABASE_URL: url,
      DATABASE_ADMIN_URL: { secret: 'DATABASE_ADMIN_URL' },
      DATABASE_FILES: databaseFiles,
      DATABASE_WAL_OUT: places.wal,
      DATABASE_SCRATCH: places.drill,
      BACKUP_DIR: places.backups,
      DATABASE_POOL_SIZE: '2',
      DATABASE_WORK_POOL_SIZE: '2',
    } satisfies Environment<'worker'>,
  };
}
