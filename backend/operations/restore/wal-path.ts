import { Damaged } from '../backup/damaged.ts';
import type { BaseManifest } from '../backup/manifest.ts';
import type { Vault } from '../backup/objects.ts';
import { findWal, readWalText, storedWal } from '../backup/wal.ts';
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
} from '../backup/wal-names.ts';

/** The files of the write-ahead log that lead from a base backup to as far as one can get. */
export type WalPath = { readonly segments: readonly string[]; readonly histories: readonly string[] };

/** Throws Damaged when one is missing that the backup needs, or that others come after: what they hold would be lost in silence. */
export async function findWalPath(vault: Vault, base: BaseManifest, reach: 'backup' | 'newest'): Promise<WalPath> {
  const names = (await storedWal(vault.storage)).map(({ name }) => name);
  const histories = names.filter((name) => HISTORY.test(name));
  const branches = reach === 'backup' ? [only(base)] : await newestBranches(vault, histories, base);
  return { segments: pathAlong(branches, new Set(names), base, reach), histories };
}

/** The walk over the names alone. */
export function pathAlong(
  branches: readonly Branch[],
  names: ReadonlySet<string>,
  { startLsn, stopLsn, walSegmentBytes: bytes }: Pick<BaseManifest, 'startLsn' | 'stopLsn' | 'walSegmentBytes'>,
  reach: 'backup' | 'newest',
): string[] {
  const segments: string[] = [];
  const last = segmentOf(lsnOf(stopLsn) - 1n, bytes);
  for (let number = segmentOf(lsnOf(startLsn), bytes); reach === 'newest' || number <= last; number += 1) {
    const name = segmentName(branchAt(branches, number, bytes), number, bytes);
    if (!names.has(name)) {
      refuseGap({ name, number, last, names, branches, bytes });
      break;
    }
    segments.push(name);
  }
  return segments;
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
    throw new Damaged(`segment ${name} of the write-ahead log is missing, and ${later} comes after it`);
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
