import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { blocksOf } from './blocks.ts';
import { Damaged } from './damaged.ts';

/**
 * AES-256-GCM in chunks: "HGB1", 16 bytes of salt, then chunks of 64 KiB, each with its tag of 16 bytes behind it. The key of a file is
 * derived from its salt, so no two files share one; the nonce of a chunk is its number and whether it is the last, so that chunks can be
 * neither exchanged nor repeated, and a file that was cut off is noticed (the STREAM construction of Hoang, Reyhanitabar, Rogaway, Vizár).
 */
const MAGIC = Buffer.from('HGB1');
const SALT_BYTES = 16;
const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** Master key of 32 bytes. */
export type BackupKey = Buffer;

export async function* encrypted(key: BackupKey, plain: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const salt = randomBytes(SALT_BYTES);
  const fileKey = fileKeyOf(key, salt);
  yield Buffer.concat([MAGIC, salt]);
  for await (const { block, number, isLast } of blocksOf(plain, CHUNK_BYTES)) {
    const cipher = createCipheriv(CIPHER, fileKey, nonceOf(number, isLast));
    yield Buffer.concat([cipher.update(block), cipher.final(), cipher.getAuthTag()]);
  }
}

/** Throws Damaged at the first chunk that is not what was encrypted with this key, and where the last one is missing. */
export async function* decrypted(key: BackupKey, stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const head = MAGIC.length + SALT_BYTES;
  let fileKey: Buffer | null = null;
  for await (const { block, number, isLast } of blocksOf(stored, CHUNK_BYTES + TAG_BYTES, head)) {
    if (number === -1) {
      if (isLast) throw new Damaged('it was cut off');
      if (!block.subarray(0, MAGIC.length).equals(MAGIC))
        throw new Damaged('it does not begin as what we encrypt does');
      fileKey = fileKeyOf(key, block.subarray(MAGIC.length));
    } else if (fileKey !== null) yield open(fileKey, block, nonceOf(number, isLast));
  }
}

function open(key: Buffer, block: Buffer, nonce: Buffer): Buffer {
  if (block.length < TAG_BYTES) throw new Damaged('it was cut off');
  const decipher = createDecipheriv(CIPHER, key, nonce);
  decipher.setAuthTag(block.subarray(block.length - TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(block.subarray(0, block.length - TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw new Damaged('it was encrypted with another key, changed or cut off', { cause });
  }
}

function fileKeyOf(key: BackupKey, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, 'heliograph backup 1', 32));
}

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(number, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}
