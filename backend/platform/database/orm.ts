import { type EntitySchema, MikroORM } from '@mikro-orm/postgresql';

export type { EntityManager } from '@mikro-orm/postgresql';

export type OrmOptions = {
  readonly url: string;
  readonly entities: readonly EntitySchema[];
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
};

/**
 * The object mapper for domain rows. It writes; hot reads go through the pool. The schema belongs to the SQL migrations: the mapper's own
 * schema generator would propose to rebuild partitioned tables, so it is not loaded.
 */
export async function createOrm(options: OrmOptions): Promise<MikroORM> {
  return MikroORM.init({
    clientUrl: options.url,
    entities: [...options.entities],
    discovery: { warnWhenNoEntities: false },
    pool: { min: 0, max: options.poolSize },
    driverOptions: {
      application_name: 'heliograph-orm',
      statement_timeout: options.statementTimeoutMs,
      lock_timeout: 2_000,
      idle_in_transaction_session_timeout: 10_000,
    },
    forceUtcTimezone: true,
    ensureDatabase: false,
  });
}
