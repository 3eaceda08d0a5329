import { readFileSync } from 'node:fs';

/** A process that is not mistaken for a later one with the same id. `started` is null where the system does not tell (no /proc). */
export type ProcessIdentity = { readonly pid: number; readonly started: string | null };

/** The process that has this id now; null when there is none. A zombie has ended: in a container nobody may ever reap it. */
export function identityOf(pid: number): ProcessIdentity | null {
  if (!hasPid(pid)) return null;
  const stat = readStat(pid);
  if (stat === null) return hasPid(pid) ? { pid, started: null } : null;
  return stat.state === 'Z' || stat.state === 'X' ? null : { pid, started: `${bootId()}:${stat.startTicks}` };
}

/** Is this very process still there? */
export function isRunning(identity: ProcessIdentity): boolean {
  const now = identityOf(identity.pid);
  return now !== null && (now.started === null || identity.started === null || now.started === identity.started);
}

/** The parent's id, or null where the system does not tell. */
export function parentOf(pid: number): number | null {
  return readStat(pid)?.parent ?? null;
}

function hasPid(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

// Field 2 of /proc/<pid>/stat is the program's name in brackets and may hold blanks and brackets itself.
function readStat(pid: number): { state: string; parent: number; startTicks: string } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', parent: Number(fields[1]), startTicks: fields[19] ?? '' };
  } catch {
    return null;
  }
}

// Ticks count from boot, so the same number means another process after a reboot.
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
