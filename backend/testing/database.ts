import { InstrumentEntity } from '../market-data/instrument.entity.ts';
import { SourceEntity } from '../market-data/source.entity.ts';
import { ModelVersionEntity } from '../models/model-version.entity.ts';
import { OutcomeEntity } from '../outcomes/outcome.entity.ts';
import { type MigrateOptions, migrate } from '../platform/database/migrate.ts';
import type { EntityManager } from '../platform/database/orm.ts';
import { createOrm } from '../platform/database/orm.ts';
import { createPool, type Pool } from '../platform/database/pool.ts';
import { createTestDatabase, type TestDatabase } from '../platform/postgres/testing.ts';
import { EnginePositionEntity } from '../signals/engine-position.entity.ts';
import { SignalEntity } from '../signals/signal.entity.ts';

const ENTITIES = [
  InstrumentEntity,
  SourceEntity,
  ModelVersionEntity,
  SignalEntity,
  OutcomeEntity,
  EnginePositionEntity,
];

/** What the role is called on the server that all tests share. */
export const APPLICATION_ROLE = 'heliograph_app';
export const ALL_PROVENANCES = ['LIVE', 'DELAYED', 'PAPER', 'REPLAY', 'SYNTHETIC'] as const;

/** Migrates as the service does in development. */
export async function migrateForTest(ownerUrl: string, options: Partial<MigrateOptions> = {}) {
  return migrate({ ownerUrl, applicationRole: APPLICATION_ROLE, allowedProvenance: ALL_PROVENANCES, ...options });
}

/** A migrated database of one's own, with connections as the service has them. */
export type TestStore = AsyncDisposable & {
  readonly database: TestDatabase;
  /** As the service's role. */
  readonly pool: Pool;
  /** As the role that owns the tables, for what the service may not do. */
  readonly owner: Pool;
  /** The object mapper, opened when it is first asked for. */
  em(): Promise<EntityManager>;
  dispose(): Promise<void>;
};

export async function openTestStore(name = 'store'): Promise<TestStore> {
  const database = await createTestDatabase({
    name,
    template: 'migrated',
    migrate: async (ownerUrl) => void (await migrateForTest(ownerUrl)),
  });
  const pool = testPool(database.applicationUrl);
  const owner = testPool(database.ownerUrl);
  let orm: ReturnType<typeof createOrm> | undefined;

  const dispose = async () => {
    await Promise.all([pool.end(), owner.end(), orm?.then((open) => open.close(true))]);
    await database.dispose();
  };
  return {
    ...{ database, pool, owner, dispose },
    async em() {
      orm ??= createOrm({ url: database.applicationUrl, entities: ENTITIES, poolSize: 2, statementTimeoutMs: 20_000 });
      return (await orm).em;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** Connections to a test database; a machine under load gets more time than a service would give it. */
export function testPool(url: string, size = 8): Pool {
  return createPool({ url, name: 'test', size, statementTimeoutMs: 20_000, onError: () => undefined });
}
