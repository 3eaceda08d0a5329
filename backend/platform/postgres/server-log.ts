import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs';

/** Past this many bytes the log moves to `<name>.1`, whose older content goes: never more than about twice this on disk. */
export const LOG_LIMIT = 8_000_000;

/** Opens the server's log for appending, after moving a large one out of the way. The caller closes the descriptor. */
export function openLog(file: string): number {
  if (sizeOf(file) > LOG_LIMIT) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

/** Keeps the log of a running server small. It writes in append mode, so it goes on at the new end after a truncation. */
export function boundLog(file: string): void {
  if (sizeOf(file) <= LOG_LIMIT) return;
  copyFileSync(file, `${file}.1`);
  truncateSync(file);
}

export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** The last `lines` lines written after byte `from`. */
export function tailOf(file: string, from: number, lines = 20): string {
  if (!existsSync(file)) return '';
  const descriptor = openSync(file, 'r');
  try {
    const start = Math.max(from, fstatSync(descriptor).size - 64_000);
    const bytes = Buffer.alloc(64_000);
    const read = readSync(descriptor, bytes, 0, bytes.length, start);
    return bytes.subarray(0, read).toString().trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    closeSync(descriptor);
  }
}
