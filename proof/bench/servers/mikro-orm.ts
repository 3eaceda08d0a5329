import { peer } from '../peers.ts';
import type { List } from './list.ts';
import { keyOf, type Row, signalOf } from './schema.ts';

type MikroOrm = {
  readonly EntitySchema: new (definition: unknown) => unknown;
  readonly MikroORM: { init(options: unknown): Promise<{ readonly em: EntityManager }> };
};
type EntityManager = {
  fork(): EntityManager;
  find(entity: unknown, where: unknown, options: unknown): Promise<Found[]>;
};
type Found = {
  readonly [name: string]: string | Date;
  readonly published_at: Date;
  readonly expires_at: Date;
};

const text = { type: 'string' };
const instant = { type: 'Date', columnType: 'timestamptz' };
const decimal = { type: 'decimal', columnType: 'numeric' };

const SIGNAL = {
  name: 'BenchSignal',
  tableName: 'bench_signal',
  properties: {
    id: { type: 'uuid', primary: true },
    ...{ symbol: text, side: text, timeframe: text, state: text, confidence: decimal },
    reference_price: { ...decimal, fieldName: 'reference_price' },
    ...{ stop: decimal, target: decimal },
    risk_reward: { ...decimal, fieldName: 'risk_reward' },
    published_at: { ...instant, fieldName: 'published_at' },
    expires_at: { ...instant, fieldName: 'expires_at' },
  },
};

/** The list as MikroORM's documentation reads pages: find with a fork for each request. */
export async function openRepository(databaseUrl: string): Promise<List> {
  const { EntitySchema, MikroORM } = await peer<MikroOrm>('@mikro-orm/postgresql');
  const entity = new EntitySchema(SIGNAL);
  const orm = await MikroORM.init({ clientUrl: databaseUrl, entities: [entity], pool: { min: 1, max: 8 } });
  return async ({ first, after = '' }) => {
    const [time, id] = keyOf(after);
    const where = { $or: [{ published_at: { $lt: time } }, { published_at: time, id: { $lt: id } }] };
    const found = await orm.em
      .fork()
      .find(entity, where, { orderBy: { published_at: 'desc', id: 'desc' }, limit: first + 1 });
    return { nodes: found.slice(0, first).map((row) => signalOf(rowOf(row))) };
  };
}

function rowOf(found: Found): Row {
  const { published_at, expires_at } = found;
  const rest = found as unknown as Row;
  return { ...rest, published_at: published_at.toISOString(), expires_at: expires_at.toISOString() };
}
