import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { wholeOf } from './blocks.ts';
import { Damaged } from './damaged.ts';
import type { BackupKey } from './encryption.ts';
import { inventorySchema } from './inventory.ts';
import { objectSchema, type Vault } from './objects.ts';
import type { BackupStorage } from './storage.ts';

const moments = {
  /** Under which everything of this backup is stored. */
  key: z.string(),
  /** The moment that it shows, or began to be taken; ms. */
  takenAt: z.number(),
  finishedAt: z.number(),
} as const;

/** Of a backup of the database. */
const common = { ...moments, serverVersion: z.string(), inventory: inventorySchema } as const;

const baseSchema = z.object({
  kind: z.literal('base'),
  ...common,
  systemIdentifier: z.string(),
  timeline: z.int().positive(),
  startLsn: z.string(),
  stopLsn: z.string(),
  walSegmentBytes: z.int().positive(),
  /** Of the archive, in its order. */
  files: z.array(z.object({ path: z.string(), bytes: z.int().nonnegative(), sha256: z.string() })),
  archive: objectSchema,
});

const exportSchema = z.object({
  kind: z.enum(['export', 'export-rest']),
  ...common,
  tables: z.array(z.object({ table: z.string(), columns: z.array(z.string()), rows: z.int(), object: objectSchema })),
});

const platformSchema = z.object({
  kind: z.literal('platform'),
  ...moments,
  /** Each by the name that it has where it was. */
  files: z.array(z.object({ name: z.string(), object: objectSchema })),
});

const manifestSchema = z.discriminatedUnion('kind', [baseSchema, exportSchema, platformSchema]);
export type BaseManifest = z.infer<typeof baseSchema>;
export type ExportManifest = z.infer<typeof exportSchema>;
export type PlatformManifest = z.infer<typeof platformSchema>;
export type Manifest = z.infer<typeof manifestSchema>;
export type BackupKind = Manifest['kind'];

const sealedSchema = z.object({ manifest: z.unknown(), seal: z.string() });
const NAME = 'manifest.json';

/** A key for a backup of this moment, which sorts by time. */
export function newBackupKey(kind: BackupKind, now: number, random: string): string {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${kind}/${time}-${random}`;
}

/** Stores the manifest, last of all: a backup without one was never finished. */
export async function storeManifest({ storage, key }: Vault, manifest: Manifest): Promise<void> {
  const text = JSON.stringify({ manifest, seal: sealOf(key, manifest) });
  await storage.put(`${manifest.key}/${NAME}`, one(Buffer.from(`${text}\n`)));
}

/** Keys of all finished backups of a kind, the oldest first. */
export async function finishedBackups(storage: BackupStorage, kind: BackupKind): Promise<readonly string[]> {
  const stored = await storage.list(`${kind}/`);
  return stored.flatMap(({ key }) => (key.endsWith(`/${NAME}`) ? [key.slice(0, -NAME.length - 1)] : []));
}

/** Throws Damaged when it is not what was stored, or was sealed with another key. */
export async function readManifest({ storage, key }: Vault, backup: string): Promise<Manifest> {
  const text = (await wholeOf(storage.get(`${backup}/${NAME}`))).toString();
  let sealed: z.infer<typeof sealedSchema>;
  let manifest: Manifest;
  try {
    sealed = sealedSchema.parse(JSON.parse(text));
    manifest = manifestSchema.parse(sealed.manifest);
  } catch (cause) {
    throw new Damaged(`the manifest of ${backup} cannot be read`, { cause });
  }
  const seal = sealOf(key, manifest);
  if (seal.length !== sealed.seal.length || !timingSafeEqual(Buffer.from(seal), Buffer.from(sealed.seal)))
    throw new Damaged(`the manifest of ${backup} has a wrong seal: it was changed, or sealed with another BACKUP_KEY`);
  return manifest;
}

/** With a key nobody but its owner can make one; without, it shows damage alone. */
function sealOf(key: BackupKey | null, manifest: Manifest): string {
  const text = canonicalJson(manifest);
  const hash = key === null ? createHash('sha256') : createHmac('sha256', key);
  return `${key === null ? 'sha256' : 'hmac-sha256'}:${hash.update(text).digest('hex')}`;
}

export async function* one(chunk: Buffer): AsyncGenerator<Buffer> {
  yield chunk;
}
