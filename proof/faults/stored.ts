import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../backend/platform/postgres/index.ts';
import type { SeenEvent, Stored } from './verdict.ts';

/** The log is judged by itself; where its epoch began is random; batches are as large as the moment allowed. */
const NOT_COMPARED = ['event_log', 'stream_head', 'stream_epoch', 'ingest_batch', 'rollup_batch'];
/** Nothing but these columns may differ in the other tables: when something was written, and with which longer bars together. */
const OF_WRITING = ['recorded_at', 'applied_at', 'checked_at', 'completed_at', 'rollup_seq'];

/** Opens the database of a folder in which nothing runs, reads it with SQL of its own, and closes it again. */
export async function readStored(dataDirectory: string): Promise<Stored> {
  await using server = await startEmbeddedPostgres({ dataDirectory });
  const client = new Client({ connectionString: server.ownerUrl });
  await client.connect();
  try {
    const log = await readLog(client);
    const { rows } = await client.query<{ published: number; settled: number }>(
      `select count(*)::int as published,
              count(*) filter (where state not in ('PUBLISHED', 'TRIGGERED'))::int as settled from signal`,
    );
    const tables: Record<string, string> = {};
    for (const name of await tableNames(client)) tables[name] = await digestOf(client, name);
    return { ...log, published: rows[0]?.published ?? 0, settled: rows[0]?.settled ?? 0, tables };
  } finally {
    await client.end();
  }
}

type Row = { seq: number; epoch: string; type: string; body: string; hash: Buffer };

/** hash = sha256(hash before || seq as eight bytes, big-endian || body), from 32 zero bytes on. */
async function readLog(client: Client): Promise<Pick<Stored, 'events' | 'epochs' | 'sha256' | 'chainFault'>> {
  const { rows } = await client.query<Row>(
    `select seq::int, epoch, kind as type, body, hash from event_log where stream = 'public' order by seq`,
  );
  const bodies = createHash('sha256');
  const events: SeenEvent[] = [];
  let hash: Buffer = Buffer.alloc(32);
  let broken: number | null = null;
  for (const row of rows) {
    const seq = Buffer.alloc(8);
    seq.writeBigInt64BE(BigInt(row.seq));
    hash = createHash('sha256').update(hash).update(seq).update(row.body).digest();
    if (!hash.equals(row.hash)) broken ??= row.seq;
    bodies.update(row.body);
    events.push({ seq: row.seq, type: row.type });
  }
  return {
    events,
    epochs: new Set(rows.map(({ epoch }) => epoch)).size,
    sha256: bodies.digest('hex'),
    chainFault:
      broken === null ? await headFault(client, rows.at(-1)?.seq ?? 0, hash) : `hash of seq ${broken} is wrong`,
  };
}

async function headFault(client: Client, last: number, hash: Buffer): Promise<string | null> {
  const { rows } = await client.query<{ seq: number; hash: Buffer }>(
    `select last_seq::int as seq, last_hash as hash from stream_head where stream = 'public'`,
  );
  const head = rows[0];
  return head?.seq === last && head.hash.equals(hash) ? null : `head is at ${head?.seq}, the last event is ${last}`;
}

async function tableNames(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and relname <> all ($1)
      order by relname`,
    [NOT_COMPARED],
  );
  return rows.map(({ name }) => name);
}

async function digestOf(client: Client, table: string): Promise<string> {
  const row = OF_WRITING.reduce((json, column) => `${json} - '${column}'`, 'to_jsonb(t)');
  const { rows } = await client.query<{ n: number; hash: string }>(
    `select count(*)::int as n, md5(string_agg(text, E'\\n' order by text collate "C")) as hash
       from (select (${row})::text as text from ${table} t) rows`,
  );
  return `${rows[0]?.n} rows, ${rows[0]?.hash ?? 'empty'}`;
}
