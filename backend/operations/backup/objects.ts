import { createHash } from 'node:crypto';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { Damaged } from './damaged.ts';
import { type BackupKey, decrypted, encrypted } from './encryption.ts';
import { type BackupStorage, NotStored } from './storage.ts';

/** Of something that was stored: how many bytes, and their SHA-256. */
const sumSchema = z.object({ bytes: z.int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) });
export type Sum = z.infer<typeof sumSchema>;

export const objectSchema = z.object({
  key: z.string(),
  encrypted: z.boolean(),
  /** Before it was compressed and encrypted. */
  plain: sumSchema,
  stored: sumSchema,
});
/** Something that was compressed, encrypted where there is a key, and stored; with what it takes to know that it still is that. */
export type StoredObject = z.infer<typeof objectSchema>;

export type Vault = {
  readonly storage: BackupStorage /** Null: nothing is encrypted. */;
  readonly key: BackupKey | null;
  /** For how many days the storage is to keep everybody from taking away what was stored; missing: that is not asked for. */
  readonly lockDays?: number;
};

/** Stores chunks under a key, with `.gz` behind it and `.enc` where it is encrypted. */
export async function storeObject(
  { storage, key }: Vault,
  name: string,
  chunks: AsyncIterable<Buffer>,
): Promise<StoredObject> {
  const plain = new Summing();
  const stored = new Summing();
  const compressed = through(createGzip({ level: 1 }), plain.of(chunks));
  const object = { key: `${name}.gz${key === null ? '' : '.enc'}`, encrypted: key !== null };
  await storage.put(object.key, stored.of(key === null ? compressed : encrypted(key, compressed)));
  return { ...object, plain: plain.sum(), stored: stored.sum() };
}

/** What was stored. Whoever reads it must not act on it before the end: only there it is known to be what it was. Throws Damaged. */
export async function* readObject({ storage, key }: Vault, object: StoredObject): AsyncGenerator<Buffer> {
  const plain = new Summing();
  yield* plain.of(through(createGunzip(), readCompressed({ storage, key }, object)));
  plain.expect(object.plain, object.key);
}

/** As it was before it was encrypted, and still compressed. */
export async function* readCompressed({ storage, key }: Vault, object: StoredObject): AsyncGenerator<Buffer> {
  const stored = new Summing();
  const bytes = stored.of(got(storage, object));
  if (!object.encrypted) yield* bytes;
  else if (key === null) throw new Damaged(`${object.key} is encrypted, and there is no BACKUP_KEY to read it with`);
  else yield* decrypted(key, bytes);
  stored.expect(object.stored, object.key);
}

/** What a manifest or a record names and is not there was lost. */
async function* got(storage: BackupStorage, { key }: StoredObject): AsyncGenerator<Buffer> {
  try {
    yield* storage.get(key);
  } catch (error) {
    throw error instanceof NotStored ? new Damaged(`${key} is missing, expected it as it was stored`) : error;
  }
}

/** Counts and hashes what goes by. */
class Summing {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  async *of(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.#hash.update(chunk);
      this.#bytes += chunk.length;
      yield chunk;
    }
  }

  sum(): Sum {
    return { bytes: this.#bytes, sha256: this.#hash.copy().digest('hex') };
  }

  expect(expected: Sum, name: string): void {
    const { bytes, sha256 } = this.sum();
    if (bytes !== expected.bytes) throw new Damaged(`${name} has ${bytes} bytes, expected ${expected.bytes}`);
    if (sha256 !== expected.sha256)
      throw new Damaged(`${name} has the SHA-256 ${sha256}, expected ${expected.sha256}: a checksum mismatch`);
  }
}

async function* through(transform: Transform, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  // Its failure comes out of the transform, too.
  const fed = pipeline(Readable.from(chunks, { objectMode: false }), transform).catch(() => undefined);
  try {
    yield* transform as AsyncIterable<Buffer>;
  } catch (error) {
    const isBad = error instanceof Error && 'code' in error && /^(Z_|ERR_STREAM_PREMATURE)/.test(String(error.code));
    throw isBad ? new Damaged('what was stored cannot be decompressed', { cause: error }) : error;
  }
  await fed;
}
