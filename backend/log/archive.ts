import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { canonicalJson } from '../platform/canonical-json.ts';
import type { Queryable } from '../platform/database/pool.ts';
import type { Link } from './chain.ts';

/** Events of the log with a seq in [firstSeq, endSeq), of every stream. */
export type Partition = { readonly name: string; readonly firstSeq: number; readonly endSeq: number };

/** A line of an archive. Times are ISO text in UTC with microseconds, as the database holds them; hashes are hexadecimal. */
export type ArchivedEvent = {
  readonly stream: string;
  readonly epoch: string;
  readonly seq: number;
  readonly kind: string;
  readonly schemaVersion: number;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly body: string;
  readonly prevHash: string;
  readonly hash: string;
};

const PAGE = 1_000;
const TIME = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

/**
 * Writes a partition to a file: a line of canonical JSON for each event, by stream and seq, compressed with gzip. When this resolves, the
 * file lies under its name on the disk, whole; until then there is only `<path>.<suffix>`, which is taken away after a failure.
 */
export async function writeArchive(
  database: Queryable,
  partition: Partition,
  { path, suffix, signal }: { readonly path: string; readonly suffix: string; readonly signal: AbortSignal },
): Promise<void> {
  const partial = `${path}.${suffix}`;
  try {
    const lines = Readable.from(linesOf(database, partition), { objectMode: false });
    // flush: on the disk before it is closed.
    await pipeline(lines, createGzip(), createWriteStream(partial, { flush: true, mode: 0o640 }), { signal });
    await rename(partial, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** Reads an archive to its end. Answers the SHA-256 of its bytes; throws when the file is not there, is cut off or holds something else. */
export async function readArchive(path: string, onEvent: (event: ArchivedEvent) => void): Promise<string> {
  const sha256 = createHash('sha256');
  await pipeline(
    createReadStream(path),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        sha256.update(chunk);
        yield chunk;
      }
    },
    createGunzip(),
    async (chunks: AsyncIterable<Buffer>) => {
      let rest = '';
      const decoder = new TextDecoder('utf-8', { fatal: true });
      for await (const chunk of chunks) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onEvent(JSON.parse(line) as ArchivedEvent);
      }
      if (rest !== '') throw new Error(`${path} ends in the middle of a line`);
    },
  );
  return sha256.digest('hex');
}

/** Of an event what the chain is made of. */
export function linkOf({ seq, body, prevHash, hash }: ArchivedEvent): Link {
  return { seq, body, prevHash: Buffer.from(prevHash, 'hex'), hash: Buffer.from(hash, 'hex') };
}

async function* linesOf(database: Queryable, { firstSeq, endSeq }: Partition): AsyncGenerator<string> {
  const { rows: streams } = await database.query<{ stream: string }>('select stream from stream_head order by stream');
  for (const { stream } of streams) {
    for (let after = firstSeq - 1; ; ) {
      const { rows } = await database.query<ArchivedEvent>(
        `select stream, epoch, seq, kind, schema_version as "schemaVersion", to_char(occurred_at at time zone 'UTC', ${TIME}) as "occurredAt",
                to_char(recorded_at at time zone 'UTC', ${TIME}) as "recordedAt", body, encode(prev_hash, 'hex') as "prevHash",
                encode(hash, 'hex') as hash
           from event_log where stream = $1 and seq > $2 and seq < $3 order by seq limit $4`,
        [stream, after, endSeq, PAGE],
      );
      const last = rows.at(-1);
      if (last === undefined) break;
      yield rows.map((row) => `${canonicalJson({ ...row })}\n`).join('');
      after = last.seq;
    }
  }
}

/** A name is on the disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
