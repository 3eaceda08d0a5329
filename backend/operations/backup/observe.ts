import { finishedBackups, type Manifest, readManifest } from './manifest.ts';
import type { StoredObject, Vault } from './objects.ts';
import type { Stored } from './storage.ts';
import { findWal, storedWal, type WalFile } from './wal.ts';
import { SEGMENT } from './wal-names.ts';
import { reachOf } from './wal-path.ts';

/** A kind of backup as it lies in the storage. `objects` are those of the newest; of the log none are told. */
export type Observed = { readonly reaches: number; readonly bytes: number; readonly objects: readonly Stored[] };

/** What is there, by looking and not by what a job said; null where there is none that is whole. */
export type Observation = {
  readonly full: Observed | null;
  readonly export: Observed | null;
  readonly exportRest: Observed | null;
  readonly platform: Observed | null;
  readonly wal: Observed | null;
  /** The latest moment that could be recovered, ms. */
  readonly latestRecovery: number | null;
};

/** So many base backups are tried for the latest moment: with one a day, those of a week. */
const BASES = 7;

/**
 * Looks for the newest backup of each kind whose manifest is what was sealed and whose files have their sizes. That their content is right is
 * what a drill finds out. The bytes are those of the newest whole backup, and of all that is stored of the write-ahead log.
 */
export class Observer {
  readonly #vault: Vault;
  /** Manifests and records never change. */
  readonly #known = new Map<string, Manifest>();
  readonly #records = new Map<string, WalFile>();

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  async look(): Promise<Observation> {
    const [full, hourly, daily, platform] = [
      await this.#newest('base'),
      await this.#newest('export'),
      await this.#newest('export-rest'),
      await this.#newest('platform'),
    ];
    const log = await this.#log();
    return { full: seen(full), export: seen(hourly), exportRest: seen(daily), platform: seen(platform), ...log };
  }

  async #newest(kind: Manifest['kind']): Promise<Whole | null> {
    for await (const whole of this.#wholes(kind)) return whole;
    return null;
  }

  /** The newest first. */
  async *#wholes(kind: Manifest['kind']): AsyncGenerator<Whole> {
    const keys = await finishedBackups(this.#vault.storage, kind);
    for (const key of [...keys].reverse()) {
      const manifest = await this.#manifest(key);
      if (manifest === null) continue;
      const stored = await this.#vault.storage.list(`${key}/`);
      if (isWhole(manifest, stored)) yield { manifest, stored };
    }
  }

  async #manifest(key: string): Promise<Manifest | null> {
    const known = this.#known.get(key) ?? (await readManifest(this.#vault, key).catch(() => null));
    if (known !== null) this.#known.set(key, known);
    return known;
  }

  async #log(): Promise<Pick<Observation, 'wal' | 'latestRecovery'>> {
    const stored = await storedWal(this.#vault.storage, this.#records);
    const bytes = (await this.#vault.storage.list('wal/')).reduce((sum, item) => sum + item.bytes, 0);
    const newest = await this.#writtenAt(stored.findLast(({ name }) => SEGMENT.test(name))?.name);
    const wal = newest === null ? null : { reaches: newest, bytes, objects: [] };
    return { wal, latestRecovery: await this.#latestRecovery(stored.map(({ name }) => name)) };
  }

  /** Where the log of the newest backup has a hole, an older one may reach further. */
  async #latestRecovery(log: readonly string[]): Promise<number | null> {
    let latest: number | null = null;
    let looked = 0;
    for await (const { manifest } of this.#wholes('base')) {
      if (manifest.kind !== 'base') continue;
      const reached = await this.#writtenAt(await reachOf(this.#vault, manifest, log));
      if (reached !== null) latest = Math.max(latest ?? reached, reached);
      looked += 1;
      if (looked === BASES) break;
    }
    return latest;
  }

  async #writtenAt(name: string | undefined): Promise<number | null> {
    if (name === undefined) return null;
    return (await findWal(this.#vault.storage, name).catch(() => null))?.writtenAt ?? null;
  }
}

/** A backup, and what lies there of it. */
type Whole = { readonly manifest: Manifest; readonly stored: readonly Stored[] };

function isWhole(manifest: Manifest, stored: readonly Stored[]): boolean {
  const sizes = new Map(stored.map(({ key, bytes }) => [key, bytes]));
  return objectsOf(manifest).every(({ key, stored: { bytes } }) => sizes.get(key) === bytes);
}

function seen(whole: Whole | null): Observed | null {
  if (whole === null) return null;
  const bytes = objectsOf(whole.manifest).reduce((sum, { stored }) => sum + stored.bytes, 0);
  return { reaches: whole.manifest.takenAt, bytes, objects: whole.stored };
}

function objectsOf(manifest: Manifest): readonly StoredObject[] {
  switch (manifest.kind) {
    case 'base':
      return [manifest.archive];
    case 'platform':
      return manifest.files.map(({ object }) => object);
    default:
      return manifest.tables.map(({ object }) => object);
  }
}
