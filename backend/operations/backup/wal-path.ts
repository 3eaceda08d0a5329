import { Damaged } from './damaged.ts';
import type { BaseManifest } from './manifest.ts';
import type { Vault } from './objects.ts';
import { findWal, readWalText, storedWal } from './wal.ts';
import {
  type Branch,
  branchAt,
  branchesOf,
  HISTORY,
  lsnOf,
  SEGMENT,
  segmentName,
  segmentNumber,
  segmentOf,
  timelineOf,
} from './wal-names.ts';

/** The files of the write-ahead log that lead from a base backup to as far as one can get. */
export type WalPath = { readonly segments: readonly string[]; readonly histories: readonly string[] };

/** To the end of the backup, to a moment that the server looks for, or to the newest that there is. */
export type Reach = 'backup' | 'moment' | 'newest';

/**
 * Throws Damaged when one is missing that the backup needs. Before others that come after a gap it ends for a moment, which the server refuses
 * if it is not on the way; for the newest it throws, because what they hold would be lost in silence.
 */
export async function findWalPath(vault: Vault, base: BaseManifest, reach: Reach): Promise<WalPath> {
  const names = (await storedWal(vault.storage)).map(({ name }) => name);
  const histories = names.filter((name) => HISTORY.test(name));
  const branches = reach === 'backup' ? [only(base)] : await newestBranches(vault, histories, base);
  return { segments: pathAlong(branches, new Set(names), base, reach), histories };
}

/** The last segment before the first gap, from the start of a backup on; undefined where even that is missing. */
export async function reachOf(vault: Vault, base: BaseManifest, names: readonly string[]): Promise<string | undefined> {
  const branches = await newestBranches(
    vault,
    names.filter((name) => HISTORY.test(name)),
    base,
  );
  const segments = walk(branches, new Set(names), base, null);
  return segments.length >
    segmentOf(lsnOf(base.stopLsn) - 1n, base.walSegmentBytes) - segmentOf(lsnOf(base.startLsn), base.walSegmentBytes)
    ? segments.at(-1)
    : undefined;
}

/** The walk over the names alone. */
export function pathAlong(
  branches: readonly Branch[],
  names: ReadonlySet<string>,
  { startLsn, stopLsn, walSegmentBytes: bytes }: Pick<BaseManifest, 'startLsn' | 'stopLsn' | 'walSegmentBytes'>,
  reach: Reach,
): string[] {
  const [first, last] = [segmentOf(lsnOf(startLsn), bytes), segmentOf(lsnOf(stopLsn) - 1n, bytes)];
  const segments = walk(branches, names, { startLsn, walSegmentBytes: bytes }, reach === 'backup' ? last : null);
  const number = first + segments.length;
  const isOver = reach !== 'newest' && number > last;
  if (!isOver) refuseGap({ name: nameOf(branches, number, bytes), number, last, names, branches, bytes });
  return segments;
}

/** As many segments in a row as there are, up to one of this number. */
function walk(
  branches: readonly Branch[],
  names: ReadonlySet<string>,
  { startLsn, walSegmentBytes: bytes }: Pick<BaseManifest, 'startLsn' | 'walSegmentBytes'>,
  last: number | null,
): string[] {
  const segments: string[] = [];
  for (let number = segmentOf(lsnOf(startLsn), bytes); last === null || number <= last; number += 1) {
    const name = nameOf(branches, number, bytes);
    if (!names.has(name)) break;
    segments.push(name);
  }
  return segments;
}

function nameOf(branches: readonly Branch[], number: number, bytes: number): string {
  return segmentName(branchAt(branches, number, bytes), number, bytes);
}

type Gap = {
  readonly name: string;
  readonly number: number;
  readonly last: number;
  readonly names: ReadonlySet<string>;
  readonly branches: readonly Branch[];
  readonly bytes: number;
};

function refuseGap({ name, number, last, names, branches, bytes }: Gap): void {
  if (number <= last)
    throw new Damaged(`segment ${name} of the write-ahead log is missing, which the backup itself needs`);
  const later = [...names].find((other) => {
    if (!SEGMENT.test(other) || segmentNumber(other, bytes) <= number) return false;
    return timelineOf(other) === branchAt(branches, segmentNumber(other, bytes), bytes);
  });
  if (later !== undefined)
    throw new Damaged(
      `segment ${name} of the write-ahead log is missing, and ${later} comes after it: only a moment before it can be restored`,
    );
}

function only({ timeline }: BaseManifest): Branch {
  return { timeline, from: 0n };
}

/** The branches to the newest timeline that grew out of that of the backup after it was taken. */
async function newestBranches(vault: Vault, histories: readonly string[], base: BaseManifest): Promise<Branch[]> {
  for (const name of [...histories].sort().reverse()) {
    if (timelineOf(name) <= base.timeline) break;
    const file = await findWal(vault.storage, name);
    if (file === null) continue;
    const branches = branchesOf(timelineOf(name), await readWalText(vault, file));
    const own = branches.findIndex(({ timeline }) => timeline === base.timeline);
    const left = branches[own + 1];
    if (own >= 0 && left !== undefined && left.from >= lsnOf(base.stopLsn)) return branches.slice(own);
  }
  return [only(base)];
}
