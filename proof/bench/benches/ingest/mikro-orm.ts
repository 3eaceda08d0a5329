import { shardOf } from '../../../../backend/market-data/store/ingest.ts';
import { prepareTables } from './copy.ts';
import { feed } from './feed.ts';
import type { Database } from './server.ts';
import type { Store } from './store.ts';

/** As much of @mikro-orm/postgresql as is used here. */
export type MikroOrm = {
  readonly EntitySchema: new (definition: unknown) => unknown;
  readonly MikroORM: {
    init(options: unknown): Promise<{ readonly em: EntityManager; close(force: boolean): Promise<void> }>;
  };
};
type EntityManager = {
  fork(): EntityManager;
  upsertMany(entity: unknown, rows: readonly unknown[]): Promise<unknown>;
  getConnection(): { execute<T>(sql: string): Promise<T> };
};

const text = { type: 'string' };
const instant = { type: 'Date', columnType: 'timestamptz' };
const decimal = { type: 'decimal', columnType: 'numeric' };

const BAR = {
  name: 'Bar',
  tableName: 'bar',
  properties: {
    instrumentId: { ...text, primary: true },
    timeframe: { ...text, primary: true },
    barStart: { ...instant, primary: true },
    revision: { type: 'number', primary: true },
    barEnd: instant,
    knownTime: instant,
    shard: text,
    ingestSeq: { type: 'bigint' },
    sourceId: text,
    segment: text,
    open: decimal,
    high: decimal,
    low: decimal,
    close: decimal,
    volume: decimal,
  },
};

/** upsertMany with its defaults, a fresh identity map for each commit, as its documentation recommends for requests. */
export async function openOrm({ ownerUrl }: Database, { EntitySchema, MikroORM }: MikroOrm): Promise<Store> {
  await prepareTables(ownerUrl);
  const entity = new EntitySchema(BAR);
  const orm = await MikroORM.init({
    clientUrl: ownerUrl,
    entities: [entity],
    pool: { min: 1, max: 1 },
    discovery: { warnWhenNoEntities: false },
  });
  const [row] = await orm.em.getConnection().execute<{ pid: number }[]>('select pg_backend_pid() as pid');
  return {
    pid: row?.pid ?? 0,
    async store(batch, firstSeq) {
      const bars = batch.bars.map((bar, index) => ({
        ...bar,
        barStart: new Date(bar.barStart),
        barEnd: new Date(bar.barEnd),
        knownTime: new Date(bar.knownTime),
        revision: 0,
        shard: shardOf(feed),
        sourceId: feed.sourceId,
        ingestSeq: firstSeq + index,
      }));
      await orm.em.fork().upsertMany(entity, bars);
    },
    close: () => orm.close(true),
  };
}
