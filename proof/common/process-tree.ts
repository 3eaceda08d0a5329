import { readdirSync, readFileSync } from 'node:fs';

/** A process that is not mistaken for a later one with the same id. */
export type Seen = { readonly pid: number; readonly parent: number; readonly begun: string; readonly command: string };

/** A process and all that it started, as Linux tells it now. */
export function treeOf(pid: number): Seen[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (look(Number(name)) ?? []) : []));
  const below = (parent: Seen): Seen[] => [parent, ...all.filter((one) => one.parent === parent.pid).flatMap(below)];
  return all.filter((one) => one.pid === pid).flatMap(below);
}

/** Those of them that still run. What has ended and was not reaped does not count. */
export function stillThere(seen: readonly Seen[]): Seen[] {
  return seen.filter(({ pid, begun }) => look(pid)?.begun === begun);
}

function look(pid: number): Seen | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // pid (command) state parent ... start; the command may hold spaces and parentheses.
    const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') return null;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(parent), begun: rest[17] ?? '', command };
  } catch {
    return null;
  }
}
