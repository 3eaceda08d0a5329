/** How PostgreSQL names the files of its write-ahead log: https://www.postgresql.org/docs/18/wal-internals.html. */
export const SEGMENT = /^[0-9A-F]{24}$/;
export const HISTORY = /^[0-9A-F]{8}\.history$/;
/** Segments, the last one of a timeline that was left, histories of timelines, labels of backups. */
export const WAL_FILE = /^[0-9A-F]{24}(\.partial|\.[0-9A-F]{8}\.backup)?$|^[0-9A-F]{8}\.history$/;

/** A stretch of the log: a timeline from the byte at which it was begun. */
export type Branch = { readonly timeline: number; readonly from: bigint };

/** The place in the log that PostgreSQL writes as two hexadecimal halves. */
export function lsnOf(text: string): bigint {
  const [high = '', low = ''] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

export function segmentOf(lsn: bigint, segmentBytes: number): number {
  return Number(lsn / BigInt(segmentBytes));
}

export function segmentName(timeline: number, segment: number, segmentBytes: number): string {
  const perFile = 2 ** 32 / segmentBytes;
  return [timeline, Math.floor(segment / perFile), segment % perFile]
    .map((part) => part.toString(16).toUpperCase().padStart(8, '0'))
    .join('');
}

/** The number of a segment, on whichever timeline. */
export function segmentNumber(name: string, segmentBytes: number): number {
  const perFile = 2 ** 32 / segmentBytes;
  return Number.parseInt(name.slice(8, 16), 16) * perFile + Number.parseInt(name.slice(16, 24), 16);
}

export function timelineOf(name: string): number {
  return Number.parseInt(name.slice(0, 8), 16);
}

/** The branches that lead to a timeline, the first one first, by the text of its history file. */
export function branchesOf(timeline: number, history: string): Branch[] {
  const left = history.split('\n').flatMap((line) => {
    const [, parent, at] = /^\s*(\d+)\s+([0-9A-Fa-f]+\/[0-9A-Fa-f]+)/.exec(line) ?? [];
    return parent === undefined || at === undefined ? [] : [{ parent: Number(parent), at: lsnOf(at) }];
  });
  return [...left.map(({ parent }) => parent), timeline].map((each, index) => ({
    timeline: each,
    from: left[index - 1]?.at ?? 0n,
  }));
}

/** The timeline that a segment belongs to: where one was left in the middle of it, the one that was begun there. */
export function branchAt(branches: readonly Branch[], segment: number, segmentBytes: number): number {
  const begun = branches.filter(({ from }) => segmentOf(from, segmentBytes) <= segment);
  return begun.at(-1)?.timeline ?? 1;
}
