import { openOrm } from '../commands/runtime/open-orm.ts';
import { type MigrateOptions, migrate } from '../platform/database/migrate.ts';
import type { EntityManager } from '../platform/database/orm.ts';
import { createPool, type Pool } from '../platform/database/pool.ts';
import { createTestDatabase, type TestDatabase } from '../platform/postgres/testing.ts';

/** What the role is called on the server that all tests share. */
export const APPLICATION_ROLE = 'heliograph_app';
export const ALL_PROVENANCES = ['LIVE', 'DELAYED', 'PAPER', 'REPLAY', 'SYNTHETIC'] as const;

/** Migrates as the service does in development. */
export async function migrateForTest(ownerUrl: string, options: Partial<MigrateOptions> = {}) {
  return migrate({ ownerUrl, applicationRole: APPLICATION_ROLE, allowedProvenance: ALL_PROVENANCES, ...options });
}

/** Connections to a migrated database. */
export type TestConnections = {
  /** As the service's role. */
  readonly pool: Pool;
  /** As the role that owns the tables, for what the service may not do. */
  readonly owner: Pool;
  /** The object mapper, opened when it is first asked for. */
  em(): Promise<EntityManager>;
};

/** A migrated database of one's own, with connections as the service has them. */
export type TestStore = AsyncDisposable &
  TestConnections & { readonly database: TestDatabase; readonly dispose: () => Promise<void> };

/**
 * `fill` puts something into the database, once: every store of this name is a copy of the filled one. It works as the owner
 * throughout.
 */
export async function openTestStore(
  name: string,
  fill?: (store: TestConnections) => Promise<void>,
): Promise<TestStore> {
  const database = await createTestDatabase({
    name,
    template: fill === undefined ? 'migrated' : name,
    migrate: async (ownerUrl) => {
      await migrateForTest(ownerUrl);
      if (fill === undefined) return;
      const { close, ...connections } = connect(ownerUrl, ownerUrl);
      await fill(connections).finally(close);
    },
  });
  const { close, ...connections } = connect(database.applicationUrl, database.ownerUrl);
  const dispose = async () => {
    await close();
    await database.dispose();
  };
  return { ...connections, database, dispose, [Symbol.asyncDispose]: dispose };
}

function connect(url: string, ownerUrl: string): TestConnections & { close(): Promise<void> } {
  const pool = testPool(url);
  const owner = testPool(ownerUrl);
  let orm: ReturnType<typeof openOrm> | undefined;
  return {
    ...{ pool, owner },
    async em() {
      orm ??= openOrm(url, 20_000);
      return (await orm).em;
    },
    async close() {
      await Promise.all([pool.end(), owner.end(), orm?.then((open) => open.close(true))]);
    },
  };
}

/** Connections to a test database; a machine under load gets more time than a service would give it. */
export function testPool(url: string, size = 8): Pool {
  return createPool({ url, name: 'test', size, statementTimeoutMs: 20_000, onError: () => undefined });
}
