import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { quote, UserError } from '../errors.ts';
import { identityOf, isRunning, type ProcessIdentity } from './process.ts';

/** Held by one process at a time. `release` is synchronous, because it must also work while the process exits. */
export type Lock = { release(): void };

const holderSchema = z.object({ pid: z.int().positive(), started: z.string().nullable() });

/**
 * Takes the data folder for this process, or throws a UserError that names the process that has it.
 *
 * Each holder links a new file `lock/<n>`, n one above the highest there is; an empty file means released. The highest file is
 * never deleted, so numbers only grow: two processes that find the same dead holder race for the same number and one loses,
 * and a slow one that links a number already passed sees the higher file and steps back.
 */
export function acquireLock(directory: string): Lock {
  const folder = lockFolder(directory);
  mkdirSync(folder, { recursive: true });

  for (;;) {
    const latest = highest(folder);
    const holder = readHolder(folder, latest);
    if (holder !== null && isRunning(holder)) throw inUse(directory, holder.pid);

    const mine = latest + 1;
    if (!publish(folder, mine)) continue;
    if (highest(folder) !== mine) {
      rmSync(join(folder, String(mine)), { force: true });
      continue;
    }
    removeOlder(folder, mine);
    return { release: () => release(join(folder, String(mine))) };
  }
}

/** The living process that holds the data folder, if there is one. */
export function holderOf(directory: string): ProcessIdentity | null {
  const folder = lockFolder(directory);
  try {
    const holder = readHolder(folder, highest(folder));
    return holder !== null && isRunning(holder) ? holder : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function lockFolder(directory: string): string {
  return join(directory, 'lock');
}

function inUse(directory: string, pid: number): UserError {
  const who = pid === process.pid ? `this process (${pid})` : `process ${pid}`;
  return new UserError(
    'DATABASE_IN_USE',
    `The data folder ${quote(directory)} is in use by ${who}: stop it first, or choose another folder with --data-dir.`,
  );
}

function highest(folder: string): number {
  return Math.max(0, ...numbers(folder));
}

function numbers(folder: string): number[] {
  return readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function readHolder(folder: string, number: number): ProcessIdentity | null {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(join(folder, String(number)), 'utf8')));
  } catch (error) {
    // Released (empty), gone meanwhile, or spoilt by a power cut: nobody who lives stands behind it.
    if (error instanceof SyntaxError || error instanceof z.ZodError || isMissing(error)) return null;
    throw error;
  }
}

/** A link appears with its whole content or not at all, and only if nobody was first. */
function publish(folder: string, number: number): boolean {
  const draft = join(folder, `draft-${process.pid}-${randomBytes(6).toString('hex')}`);
  writeFileSync(draft, JSON.stringify(identityOf(process.pid)));
  try {
    linkSync(draft, join(folder, String(number)));
    return true;
  } catch (error) {
    // A missing draft was tidied away by whoever won.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' || isMissing(error)) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function removeOlder(folder: string, mine: number): void {
  const drafts = readdirSync(folder).filter((name) => name.startsWith('draft-'));
  const older = numbers(folder).filter((number) => number < mine);
  for (const name of [...drafts, ...older.map(String)]) rmSync(join(folder, name), { force: true });
}

function release(file: string): void {
  try {
    truncateSync(file);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
