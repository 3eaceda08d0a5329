import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { wholeOf } from './blocks.ts';
import { Damaged } from './damaged.ts';
import { one } from './manifest.ts';
import { objectSchema, readCompressed, readObject, storeObject, type Vault } from './objects.ts';
import { type BackupStorage, NotStored, type Stored } from './storage.ts';
import { WAL_FILE } from './wal-names.ts';

const walSchema = z.object({
  name: z.string(),
  /** Of its last byte, ms. */ writtenAt: z.number(),
  object: objectSchema,
});
export type WalFile = z.infer<typeof walSchema>;

const PREFIX = 'wal/';
const RECORD = '.json';

/**
 * Takes what a server has left of its write-ahead log into the storage, the oldest first, and then away from where it was left. A file counts
 * as stored when its record is there, which comes last. Answers how many files it took. Throws at the first that is not what was archived.
 */
export async function shipWal(walOut: string, vault: Vault, random: () => string): Promise<number> {
  const names = (await readdir(walOut).catch(() => [])).filter((name) => WAL_FILE.test(name)).sort();
  for (const name of names) {
    const path = join(walOut, name);
    const expected = (await readFile(`${path}.sha256`, 'utf8')).trim();
    const known = await findWal(vault.storage, name);
    if (known === null) await ship(path, { name, expected, vault, random });
    else if (known.object.plain.sha256 !== expected)
      throw new Damaged(
        `${name} is stored already with other content: two servers write into ${vault.storage.description}`,
      );
    for (const done of [path, `${path}.sha256`]) await rm(done, { force: true });
  }
  return names.length;
}

type Shipment = {
  readonly name: string;
  readonly expected: string;
  readonly vault: Vault;
  readonly random: () => string;
};

async function ship(path: string, { name, expected, vault, random }: Shipment): Promise<void> {
  const { mtimeMs: writtenAt } = await stat(path);
  // What an attempt that died left has a name of its own, and no record.
  const object = await storeObject(vault, `${PREFIX}${name}-${random()}`, createReadStream(path));
  if (object.plain.sha256 !== expected)
    throw new Damaged(
      `${name} has the SHA-256 ${object.plain.sha256}, expected ${expected}, which it had when it was archived`,
    );
  const record: WalFile = { name, writtenAt, object };
  await vault.storage.put(`${PREFIX}${name}${RECORD}`, one(Buffer.from(`${JSON.stringify(record)}\n`)));
}

/** Names of all files of the log that are stored, and since when, in the order of the names. */
export async function storedWal(storage: BackupStorage): Promise<readonly (Stored & { readonly name: string })[]> {
  const stored = await storage.list(PREFIX);
  return stored.flatMap((item) =>
    item.key.endsWith(RECORD) ? [{ ...item, name: item.key.slice(PREFIX.length, -RECORD.length) }] : [],
  );
}

/** Null when it is not stored. Throws Damaged. */
export async function findWal(storage: BackupStorage, name: string): Promise<WalFile | null> {
  try {
    const text = (await wholeOf(storage.get(`${PREFIX}${name}${RECORD}`))).toString();
    return walSchema.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof NotStored) return null;
    if (error instanceof SyntaxError || error instanceof z.ZodError)
      throw new Damaged(`the record of ${name} cannot be read`, { cause: error });
    throw error;
  }
}

/** Brings a file of the log into a folder, as `<name>.gz`, where any account of the machine may read it once it can enter the folder. */
export async function fetchWal(vault: Vault, file: WalFile, folder: string): Promise<void> {
  const path = join(folder, `${file.name}.gz`);
  await mkdir(folder, { recursive: true });
  await pipeline(readCompressed(vault, file.object), createWriteStream(path));
  await chmod(path, 0o644);
}

export async function readWalText(vault: Vault, file: WalFile): Promise<string> {
  return (await wholeOf(readObject(vault, file.object))).toString();
}
