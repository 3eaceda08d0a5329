import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './running.ts';

/** What a program needs of our environment to run. */
export function ambient(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** The postmaster that serves a data folder, null when there is none. */
export function postmasterOf(data: string): number | null {
  const cluster = join(data, 'cluster');
  try {
    const pid = Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
    return workingDirectory(pid) === cluster ? pid : null;
  } catch {
    return null;
  }
}

/** A data folder that a service works on, and what ends the wait for it. */
type Served = { readonly data: string; readonly signal: AbortSignal };

/** Kills the database server of a service and waits until another one is there. Throws when there is none to kill, or none comes. */
export async function killPostmaster({ data, signal }: Served): Promise<void> {
  const pid = postmasterOf(data);
  if (pid === null) throw new Error('there is no postmaster to kill');
  process.kill(pid, 'SIGKILL');
  const another = (): boolean => ![pid, null].includes(postmasterOf(data));
  await until('another postmaster', another, { signal, seconds: 30 });
}

export function sendKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The programs that work inside a folder, as PostgreSQL's do inside their data folder. */
export function processesIn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => workingDirectory(pid)?.startsWith(`${folder}/`) === true);
}

function workingDirectory(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}
