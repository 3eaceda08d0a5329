import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import type { ServerAccess } from '../../platform/postgres/running.ts';
import { wholeOf } from './blocks.ts';
import { Damaged } from './damaged.ts';
import { one } from './manifest.ts';
import { objectSchema, readCompressed, readObject, storeObject, type Vault } from './objects.ts';
import { AlreadyStored, type BackupStorage, NotStored, type Stored } from './storage.ts';
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
  // One after the other in this process: two at once would both store what one of them has no record for then.
  const before = shipping.get(walOut);
  const own = (before ?? Promise.resolve(0)).catch(() => 0).then(() => shipAll(walOut, vault, random));
  shipping.set(walOut, own);
  try {
    return await own;
  } finally {
    if (shipping.get(walOut) === own) shipping.delete(walOut);
  }
}

/** The last of those that wait, by the folder that they take from. */
const shipping = new Map<string, Promise<number>>();

async function shipAll(walOut: string, vault: Vault, random: () => string): Promise<number> {
  const names = (await readdir(walOut).catch(() => [])).filter((name) => WAL_FILE.test(name)).sort();
  let taken = 0;
  for (const name of names) taken += (await take(join(walOut, name), { name, vault, random })) ? 1 : 0;
  return taken;
}

/** False when somebody else took it meanwhile. */
async function take(path: string, { name, vault, random }: Omit<Shipment, 'expected'>): Promise<boolean> {
  try {
    const expected = (await readFile(`${path}.sha256`, 'utf8')).trim();
    const known = await findWal(vault.storage, name);
    if (known === null) await ship(path, { name, expected, vault, random });
    else if (known.object.plain.sha256 !== expected)
      throw new Damaged(
        `${name} is stored already with other content: two servers write into ${vault.storage.description}`,
      );
    for (const done of [path, `${path}.sha256`]) await rm(done, { force: true });
    return true;
  } catch (error) {
    if (error instanceof AlreadyStored || (error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Has the server end its segment, if it has written into it, and waits until that is archived. The server does so by itself after
 * `archive_timeout`, but for the first minutes after it has recovered from a crash: https://www.postgresql.org/docs/18/runtime-config-wal.html.
 */
export async function endSegment({ adminUrl, walOut }: Pick<ServerAccess, 'adminUrl' | 'walOut'>): Promise<void> {
  const client = new pg.Client({
    connectionString: adminUrl,
    application_name: 'heliograph-wal',
    statement_timeout: 30_000,
  });
  // A connection that breaks fails the statement that runs; without a listener it would be a crash.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>('select pg_walfile_name(pg_switch_wal()) as name');
    const archived = join(walOut, rows[0]?.name ?? '');
    // Whoever else takes it away meanwhile has stored it.
    for (let waited = 0; waited < ARCHIVE_MS && !existsSync(archived); waited += LOOK_MS) await sleep(LOOK_MS);
  } finally {
    await client.end();
  }
}

const ARCHIVE_MS = 5_000;
const LOOK_MS = 50;

type Shipment = {
  readonly name: string;
  readonly expected: string;
  readonly vault: Vault;
  readonly random: () => string;
};

async function ship(path: string, { name, expected, vault, random }: Shipment): Promise<void> {
  const { mtimeMs: writtenAt } = await stat(path);
  // What an attempt that died left has a name of its own, and no record.
  const object = await storeObject(vault, `${PREFIX}${name}-${random()}`, bytesOf(path));
  if (object.plain.sha256 !== expected)
    throw new Damaged(
      `${name} has the SHA-256 ${object.plain.sha256}, expected ${expected}, which it had when it was archived`,
    );
  const record: WalFile = { name, writtenAt, object };
  await vault.storage.put(`${PREFIX}${name}${RECORD}`, one(Buffer.from(`${JSON.stringify(record)}\n`)));
}

/** Opened by who reads it: a file that is gone by then fails the reading, where a stream that nobody reads yet would end the process. */
async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  yield* createReadStream(path);
}

type StoredWal = readonly (Stored & { readonly name: string })[];

/**
 * Names of all files of the log that are stored, record and content, and since when, in the order of the names. A listing while others write may
 * hold a file and not the one that was stored before it, so there are two: nothing is missing in the second of what comes before the end of the
 * first. `records`: those that were read before, to be handed in again, since they never change.
 */
export async function storedWal(storage: BackupStorage, records = new Map<string, WalFile>()): Promise<StoredWal> {
  const newest = recordsIn(await storage.list(PREFIX)).at(-1)?.name;
  if (newest === undefined) return [];
  const stored = await storage.list(PREFIX);
  const contents = Map.groupBy(
    stored.filter(({ key }) => !key.endsWith(RECORD)),
    ({ key }) => key.slice(PREFIX.length, key.lastIndexOf('-')),
  );
  const whole: StoredWal[number][] = [];
  for (const item of recordsIn(stored)) {
    if (item.name > newest) break;
    if (await hasContent(storage, item.name, contents.get(item.name) ?? [], records)) whole.push(item);
  }
  return whole;
}

function recordsIn(stored: readonly Stored[]): StoredWal {
  return stored.flatMap((item) =>
    item.key.endsWith(RECORD) ? [{ ...item, name: item.key.slice(PREFIX.length, -RECORD.length) }] : [],
  );
}

/** Only where an attempt that lost or died has left something of the same name, its record must say which one it is. */
async function hasContent(
  storage: BackupStorage,
  name: string,
  contents: readonly Stored[],
  records: Map<string, WalFile>,
): Promise<boolean> {
  if (contents.length < 2) return contents.some(({ bytes }) => bytes > 0);
  const record = records.get(name) ?? (await findWal(storage, name).catch(() => null));
  if (record === null) return false;
  records.set(name, record);
  const { key, stored } = record.object;
  return contents.some((content) => content.key === key && content.bytes === stored.bytes);
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
