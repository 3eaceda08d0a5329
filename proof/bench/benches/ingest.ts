import pg from 'pg';
import type { SourceBatch } from '../../../backend/market-data/source.ts';
import { type Benchmark, Difference, type Prepared, type Variant } from '../benchmark.ts';
import { peer } from '../peers.ts';
import { openCopy } from './ingest/copy.ts';
import { BARS_PER_COMMIT, batchOf } from './ingest/feed.ts';
import { type MikroOrm, openOrm } from './ingest/mikro-orm.ts';
import { openOurs } from './ingest/ours.ts';
import { cpuOf, type Database, startServer } from './ingest/server.ts';
import type { Store } from './ingest/store.ts';

const COPY = 'binary COPY';
const ORM = 'MikroORM upsertMany';
const COMMITS_PER_ROUND = 40;

export const ingest: Benchmark = {
  name: 'ingest',
  id: 'P8',
  work: `Idempotent ingest of one-minute bars, ${BARS_PER_COMMIT} a commit, on the disk when it is answered; CPU of Node and of the database's process that serves it. The bars are new, so ours copies them; a delivery in which one is known already is compared instead, which the last row shows for bars that are known throughout.`,
  unit: { name: 'us a bar', perMicrosecond: 1 },
  peers: ['pg-copy-streams', '@mikro-orm/postgresql'],
  rounds: 15,
  goals: [
    { speed: 0.55, of: COPY },
    { speed: 6, of: ORM },
  ],
  prepare,
};

async function prepare(): Promise<Prepared> {
  const server = await startServer(['bench_ours', 'bench_copy', 'bench_orm']);
  const [ours, copy, orm] = server.databases as [Database, Database, Database];
  const mine: Entry = { name: 'ours', role: 'ours', database: ours, store: await openOurs(ours), minutes: 0 };
  const again = await openOurs(ours);
  const stores: Entry[] = [
    mine,
    {
      name: ORM,
      role: 'peer',
      database: orm,
      store: await openOrm(orm, await peer<MikroOrm>('@mikro-orm/postgresql')),
      minutes: 0,
    },
    {
      name: COPY,
      role: 'limit',
      database: copy,
      store: await openCopy(copy, await peer('pg-copy-streams')),
      minutes: 0,
    },
  ];
  return {
    variants: [...stores.map(variantOf), repeatOf(mine, again)],
    check: async () => checked(stores),
    notes: [
      `database: PostgreSQL ${server.version}, embedded, the settings of the product, the same tables, indexes and trigger for all`,
    ],
    close: async () => {
      for (const store of [again, ...stores.map((entry) => entry.store)]) await store.close();
      await server.stop();
    },
  };
}

type Entry = Pick<Variant, 'name' | 'role'> & { readonly database: Database; readonly store: Store; minutes: number };

function variantOf(entry: Entry): Variant {
  const { name, role, store } = entry;
  let batches: SourceBatch[] = [];
  return {
    name,
    role,
    elsewhere: () => cpuOf(store.pid),
    setUp: () => {
      batches = Array.from({ length: COMMITS_PER_ROUND }, (_, commit) => batchOf(entry.minutes + commit));
    },
    run: async () => {
      for (const batch of batches) await store.store(batch, entry.minutes++ * BARS_PER_COMMIT + 1);
      return COMMITS_PER_ROUND * BARS_PER_COMMIT;
    },
  };
}

/** What ours has stored last, once more. */
function repeatOf(entry: Entry, store: Store): Variant {
  let batches: SourceBatch[] = [];
  return {
    name: 'ours, the same bars again',
    role: 'part',
    elsewhere: () => cpuOf(store.pid),
    setUp: () => {
      const first = entry.minutes - COMMITS_PER_ROUND;
      batches = Array.from({ length: COMMITS_PER_ROUND }, (_, commit) => batchOf(first + commit));
    },
    run: async () => {
      for (const batch of batches) await store.store(batch, 1);
      return COMMITS_PER_ROUND * BARS_PER_COMMIT;
    },
  };
}

async function checked(entries: readonly Entry[]): Promise<string[]> {
  const before = await Promise.all(entries.map(({ database }) => contents(database)));
  const [first] = before;
  const rows = (entries[0]?.minutes ?? 0) * BARS_PER_COMMIT;
  if (first?.rows !== rows) throw new Difference(`ours holds ${first?.rows} bars, expected ${rows}`);
  for (const [index, { name }] of entries.entries()) {
    if (before[index]?.sha !== first.sha) throw new Difference(`${name} holds other bars than ours`);
  }

  const idempotent = entries.filter(({ name }) => name !== COPY);
  for (const { store } of idempotent) await store.store(batchOf(0), 1);
  for (const { name, database } of idempotent) {
    if ((await contents(database)).sha !== first.sha)
      throw new Difference(`${name}: the same bars again changed something`);
  }
  return [
    `all three hold the same ${rows} bars, value for value, in the same order`,
    `ours and ${ORM}: the same bars again change nothing`,
  ];
}

async function contents({ ownerUrl }: Database): Promise<{ rows: number; sha: string }> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ rows: number; sha: string }>(
      `select count(*)::int as rows, encode(sha256(convert_to(string_agg(concat_ws(' ', ingest_seq, instrument_id, timeframe, bar_start at time zone 'UTC',
         revision, bar_end - bar_start, known_time - bar_end, shard, source_id, segment, open, high, low, close, volume), E'\\n' order by ingest_seq), 'UTF8')), 'hex') as sha from bar`,
    );
    return rows[0] ?? { rows: 0, sha: '' };
  } finally {
    await client.end();
  }
}
