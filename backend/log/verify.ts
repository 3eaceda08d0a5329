import { basename, join } from 'node:path';
import type { Queryable } from '../platform/database/pool.ts';
import { type Anchor, readAnchors } from './anchors.ts';
import { linkOf, readArchive } from './archive.ts';
import { ChainCheck, GENESIS, type Link } from './chain.ts';

export type LedgerReport = {
  readonly stream: string;
  readonly epoch: string;
  readonly events: number;
  /** The seq that the first of these events comes after: 0, or that of an anchor where older ones were archived and not asked for. */
  readonly startsAfter: number;
  readonly lastSeq: number;
  /** SHA-256 over the bodies in seq order: equal for two runs that said the same, whatever their epochs and times of recording. */
  readonly bodiesSha256: string;
  /** The first thing found wrong, in words; null when the chain holds from where it starts to the head. */
  readonly fault: string | null;
};

type Head = { readonly epoch: string; readonly last_seq: number; readonly last_hash: Buffer };
const PAGE = 2_000;

/**
 * Recomputes the hash chain of a stream outside the database. Where its first partitions are gone it begins at their anchor, or, given the
 * folder of the archives, at the first event that there ever was.
 */
export async function verifyLedger(
  database: Queryable,
  stream: string,
  archives: string | null = null,
): Promise<LedgerReport> {
  const head = await headOf(database, stream);
  const anchors = await readAnchors(database, stream);
  const firstHeld = await firstSeqHeld(database, stream, head);
  const gone = anchors.filter(({ seq }) => seq < firstHeld);
  const start = archives === null ? (gone.at(-1) ?? GENESIS) : GENESIS;
  const chain = new ChainCheck(start);
  chain.fault = gapBetween(gone);
  if (archives !== null) for (const anchor of gone) await takeArchive(chain, anchor, archives);
  for await (const link of heldUpTo(database, stream, firstHeld, head.last_seq)) {
    chain.take(link);
    const anchor = anchors.find(({ seq }) => seq === link.seq);
    if (anchor !== undefined) chain.fault ??= misfit(anchor, chain);
  }
  if (chain.seq !== head.last_seq) chain.fault ??= `the head says ${head.last_seq}, the last event is ${chain.seq}`;
  if (!chain.hash.equals(head.last_hash)) chain.fault ??= `the head's hash is not that of event ${chain.seq}`;
  const { events, seq: lastSeq, fault } = chain;
  const bodiesSha256 = chain.bodiesSha256();
  return { stream, epoch: head.epoch, events, startsAfter: start.seq, lastSeq, bodiesSha256, fault };
}

async function headOf(database: Queryable, stream: string): Promise<Head> {
  const { rows } = await database.query<Head>('select epoch, last_seq, last_hash from stream_head where stream = $1', [
    stream,
  ]);
  if (rows[0] === undefined) throw new Error(`There is no stream ${stream}`);
  return rows[0];
}

async function firstSeqHeld(database: Queryable, stream: string, head: Head): Promise<number> {
  const { rows } = await database.query<{ seq: number }>(
    'select seq from event_log where stream = $1 order by seq limit 1',
    [stream],
  );
  return rows[0]?.seq ?? head.last_seq + 1;
}

/** Each archive begins where the one before ends. */
function gapBetween(anchors: readonly Anchor[]): string | null {
  let seq = 0;
  for (const anchor of anchors) {
    const first = anchor.seq - anchor.rows + 1;
    if (first !== seq + 1) return `seq ${seq + 1} is missing: the archive ${anchor.archive} begins at ${first}`;
    seq = anchor.seq;
  }
  return null;
}

async function takeArchive(chain: ChainCheck, anchor: Anchor, directory: string): Promise<void> {
  const path = join(directory, basename(anchor.archive));
  try {
    const sha256 = await readArchive(path, (event) => {
      if (event.stream === anchor.stream) chain.take(linkOf(event));
    });
    if (sha256 !== anchor.sha256)
      chain.fault ??= `the archive ${path} has the SHA-256 ${sha256}, but was archived with ${anchor.sha256}`;
    chain.fault ??= misfit(anchor, chain);
  } catch (error) {
    chain.fault ??= `the archive ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function misfit(anchor: Anchor, chain: ChainCheck): string | null {
  if (chain.seq !== anchor.seq)
    return `the anchor of ${anchor.archive} is at ${anchor.seq}, its events end at ${chain.seq}`;
  return chain.hash.equals(anchor.hash) ? null : `the anchor at seq ${anchor.seq} has another hash than its event`;
}

async function* heldUpTo(database: Queryable, stream: string, first: number, last: number): AsyncGenerator<Link> {
  for (let after = first - 1; after < last; ) {
    const { rows } = await database.query<Link>(
      `select seq, body, prev_hash as "prevHash", hash from event_log
        where stream = $1 and seq > $2 and seq <= $3 order by seq limit $4`,
      [stream, after, last, PAGE],
    );
    if (rows.length === 0) return;
    yield* rows;
    after = rows.at(-1)?.seq ?? last;
  }
}
