import { type EntitySchema, MikroORM } from '@mikro-orm/postgresql';
import type pg from 'pg';
import { limitTransactions } from './pool.ts';

export type { EntityManager } from '@mikro-orm/postgresql';

export type OrmOptions = {
  readonly url: string;
  readonly entities: readonly EntitySchema[];
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
  /** As for a pool. */
  readonly transactionTimeoutMs?: number;
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
      connectionTimeoutMillis: 5_000,
      onPoolCreated: (pool: pg.Pool) => {
        takeBackBroken(pool);
        if (options.transactionTimeoutMs !== undefined)
          Object.assign(pool.options, { onConnect: limitTransactions(options.transactionTimeoutMs) });
      },
    },
    forceUtcTimezone: true,
    ensureDatabase: false,
  });
}

/**
 * The query builder under the mapper gives a connection back after a successful commit or rollback only. One that broke inside a
 * transaction would be lent for ever: after a few restarts of the database none would be left, and the next writer would wait in silence.
 */
function takeBackBroken(pool: pg.Pool): void {
  const lent = new Set<pg.PoolClient>();
  pool.on('acquire', (client) => lent.add(client));
  pool.on('release', (_error, client) => lent.delete(client));
  pool.on('connect', (client) => {
    client.once('end', () => {
      if (!lent.has(client)) return;
      const giveBack = client.release;
      // Whoever borrowed it may give it back as well, which the pool takes for a mistake.
      client.release = () => undefined;
      giveBack(true);
    });
  });
}
