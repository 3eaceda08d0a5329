import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type Pool, transaction } from '../platform/database/pool.ts';
import { type Anchor, readAnchors, writeAnchors } from './anchors.ts';
import { linkOf, type Partition, readArchive, writeArchive } from './archive.ts';
import { ChainCheck, type ChainPlace, GENESIS } from './chain.ts';

export type EventLogRetention = {
  /** How old events may get, in days. */
  readonly days: number;
  /** The folder that archives are written to; it must outlast this machine. */
  readonly directory: string;
};

export type ArchiveRun = {
  /** Of this run alone, for files that are not whole yet. */
  readonly suffix: string;
  /** Aborted when the run has been given up. */
  readonly signal: AbortSignal;
};

/**
 * Archives every whole partition of the event log that is older than so many days, and then drops it. Oldest first; it stops at the first
 * that is too young or not full in every stream. An archive is read back and its chain computed anew before the partition goes. Safe to
 * repeat after any failure. Answers the names of the partitions that are gone.
 */
export async function archiveOldEvents(
  pool: Pool,
  { days, directory }: EventLogRetention,
  run: ArchiveRun,
): Promise<string[]> {
  const dropped: string[] = [];
  for (const partition of await partitionsOf(pool)) {
    run.signal.throwIfAborted();
    if (!(await isDue(pool, partition, days))) break;
    await archive(pool, partition, directory, run);
    await transaction(pool, async (connection) => {
      // It looks at every event of the partition once more.
      await connection.query(`set local statement_timeout = '10min'`);
      await connection.query('select drop_archived_partition($1)', [partition.name]);
    });
    dropped.push(partition.name);
  }
  return dropped;
}

async function partitionsOf(pool: Pool): Promise<Partition[]> {
  const { rows } = await pool.query<Partition>(
    'select name, first_seq as "firstSeq", end_seq as "endSeq" from event_log_partition order by first_seq',
  );
  return rows;
}

/** Every stream has gone beyond it, and its last events are old enough. The database looks at the others before it drops it. */
async function isDue(pool: Pool, { endSeq }: Partition, days: number): Promise<boolean> {
  const { rows } = await pool.query<{ due: boolean | null }>(
    `select bool_and(h.last_seq >= $1 and l.recorded_at < now() - make_interval(days => $2)) as due
       from stream_head h left join event_log l on l.stream = h.stream and l.seq = $1 - 1`,
    [endSeq, days],
  );
  return rows[0]?.due === true;
}

/** When this resolves, the file is there and holds the partition, and the anchors say so. */
async function archive(pool: Pool, partition: Partition, directory: string, run: ArchiveRun): Promise<void> {
  const name = `${partition.name}.jsonl.gz`;
  const path = join(directory, name);
  const starts = await startsOf(pool, partition);
  const told = new Set((await anchorsOf(pool, name)).map(({ sha256 }) => sha256));
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (told.size === 0 || !isThere) await writeArchive(pool, partition, { path, ...run });
  const { sha256, anchors } = await inspect(path, name, starts);
  if (told.size === 0) await writeAnchors(pool, anchors);
  else if (!told.has(sha256))
    throw new Error(`${path} has the SHA-256 ${sha256}, but was archived with ${[...told].join(', ')}`);
}

async function anchorsOf(pool: Pool, archiveName: string): Promise<{ sha256: string }[]> {
  return (await pool.query<{ sha256: string }>('select sha256 from event_log_anchor where archive = $1', [archiveName]))
    .rows;
}

/** Where the chain of each stream stands before a partition. */
async function startsOf(pool: Pool, { firstSeq }: Partition): Promise<Map<string, ChainPlace>> {
  const { rows } = await pool.query<{ stream: string }>('select stream from stream_head order by stream');
  const starts = new Map<string, ChainPlace>();
  for (const { stream } of rows) {
    const before = (await readAnchors(pool, stream)).filter(({ seq }) => seq < firstSeq).at(-1);
    starts.set(stream, before ?? GENESIS);
  }
  return starts;
}

type Inspected = { readonly sha256: string; readonly anchors: readonly Anchor[] };

/** Reads an archive back; throws when its chain does not hold from where the streams stand before it. */
async function inspect(path: string, name: string, starts: ReadonlyMap<string, ChainPlace>): Promise<Inspected> {
  const checks = new Map<string, { readonly chain: ChainCheck; epoch: string }>();
  const sha256 = await readArchive(path, (event) => {
    const check = checks.get(event.stream) ?? {
      chain: new ChainCheck(starts.get(event.stream) ?? GENESIS),
      epoch: event.epoch,
    };
    checks.set(event.stream, check);
    check.chain.take(linkOf(event));
    check.epoch = event.epoch;
  });
  const anchors = [...checks].map(([stream, { chain, epoch }]): Anchor => {
    if (chain.fault !== null) throw new Error(`${path} does not hold stream ${stream}: ${chain.fault}`);
    return { stream, epoch, seq: chain.seq, hash: chain.hash, archive: name, sha256, rows: chain.events };
  });
  return { sha256, anchors };
}
