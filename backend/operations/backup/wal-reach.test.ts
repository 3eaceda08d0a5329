import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderStorage } from './folder-storage.ts';
import type { BaseManifest } from './manifest.ts';
import type { Vault } from './objects.ts';
import { shipWal } from './wal.ts';
import { segmentName } from './wal-names.ts';
import { findWalPath, reachOf } from './wal-path.ts';

const MB16 = 16 * 1024 * 1024;
const names = (timeline: number, ...numbers: number[]) => numbers.map((number) => segmentName(timeline, number, MB16));
const sum = { bytes: 0, sha256: '0'.repeat(64) };
/** It needs the segments 3 and 4 of the first timeline. */
const base: BaseManifest = {
  ...{ kind: 'base', key: 'base/one', takenAt: 1, finishedAt: 2, serverVersion: '18', systemIdentifier: '1' },
  ...{ timeline: 1, startLsn: '0/3000028', stopLsn: '0/4000120', walSegmentBytes: MB16, files: [] },
  inventory: { migrations: [], extensions: [], roles: [], tables: [], samples: [] },
  archive: { key: 'base/one/files.tar.gz', encrypted: false, plain: sum, stored: sum },
};

let folder: string;
let vault: Vault;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heliograph-reach-'));
  vault = { storage: new FolderStorage(join(folder, 'backups')), key: null };
});
afterEach(() => rm(folder, { recursive: true }));

/** Stores segments, and when the second timeline left the first. */
async function stored(segments: readonly string[], leftAt: string): Promise<readonly string[]> {
  const out = join(folder, 'out');
  await mkdir(out);
  const history = `1\t${leftAt}\tno recovery target specified\n`;
  const files = new Map([...segments.map((name) => [name, name] as const), ['00000002.history', history]]);
  for (const [name, content] of files) {
    await writeFile(join(out, name), content);
    await writeFile(join(out, `${name}.sha256`), createHash('sha256').update(content).digest('hex'));
  }
  await shipWal(out, vault, () => 'x');
  return [...files.keys()];
}

it('reaches as far as the log does, and nowhere without all that the backup itself needs', async () => {
  expect(await reachOf(vault, base, names(1, 3, 4, 5, 7))).toBe(names(1, 5)[0]);
  expect(await reachOf(vault, base, names(1, 3, 4))).toBe(names(1, 4)[0]);
  expect(await reachOf(vault, base, names(1, 3))).toBeUndefined();
  expect(await reachOf(vault, base, [])).toBeUndefined();
});

it('goes over to a timeline that left that of the backup where it ended', async () => {
  const held = [...names(1, 3, 4, 5), ...names(2, 4, 5, 6)];
  const all = await stored(held, base.stopLsn);
  expect((await findWalPath(vault, base, 'newest')).segments).toEqual([...names(1, 3), ...names(2, 4, 5, 6)]);
  expect(await reachOf(vault, base, all)).toBe(names(2, 6)[0]);
});

it('stays on the timeline of a backup that another left before it ended', async () => {
  const held = [...names(1, 3, 4, 5), ...names(2, 4, 5, 6)];
  const all = await stored(held, '0/4000100');
  expect((await findWalPath(vault, base, 'newest')).segments).toEqual(names(1, 3, 4, 5));
  expect(await reachOf(vault, base, all)).toBe(names(1, 5)[0]);
});
