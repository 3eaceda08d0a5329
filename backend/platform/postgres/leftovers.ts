import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Patience, SHUTDOWN_SIGNALS } from './postmaster.ts';
import { identityOf, parentOf } from './process.ts';

/**
 * Ends every PostgreSQL process that still works on the folder: the postmaster of a Node that was killed, or the children of a
 * postmaster that was killed. Only then may a new postmaster open the files. Returns how many there were.
 */
export async function endProcessesOf(cluster: string, patience: Patience): Promise<number> {
  if (!existsSync(cluster)) return 0;
  const found = processesOf(cluster);
  for (const signal of SHUTDOWN_SIGNALS) {
    if (signal === 'SIGINT') askToEnd(cluster);
    else for (const pid of processesOf(cluster)) sendSignal(pid, signal);
    if (await allGone(cluster, patience[signal])) break;
  }
  // The id in it may belong to somebody else by now, and PostgreSQL would refuse to start because of that.
  if (processesOf(cluster).length === 0) rmSync(join(cluster, 'postmaster.pid'), { force: true });
  return found.length;
}

/** A fast shutdown is asked of the postmaster alone: its children obey it. Those that have lost it hear that their work is over. */
function askToEnd(cluster: string): void {
  const postmaster = postmasterPid(cluster);
  for (const pid of withoutParent(processesOf(cluster))) {
    // To a child SIGINT means something else: give up the statement. Its client would take that for an answer and not for a lost server.
    sendSignal(pid, pid === postmaster ? 'SIGINT' : 'SIGTERM');
  }
}

async function allGone(cluster: string, patience: number): Promise<boolean> {
  for (let waited = 0; waited < patience; waited += 20) {
    if (processesOf(cluster).length === 0) return true;
    await sleep(20);
  }
  return false;
}

function withoutParent(pids: readonly number[]): number[] {
  return pids.filter((pid) => !pids.includes(parentOf(pid) ?? 0));
}

function processesOf(cluster: string): number[] {
  return existsSync('/proc/self/cwd') ? fromProc(realpathSync(cluster)) : fromPidFile(cluster);
}

// Every PostgreSQL process has its data folder as its working directory. The name is compared too: a person's shell may be there.
function fromProc(cluster: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => workingDirectory(pid) === cluster && programName(pid) === 'postgres' && identityOf(pid) !== null);
}

function workingDirectory(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

function programName(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return null;
  }
}

function postmasterPid(cluster: string): number | null {
  try {
    return Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return null;
  }
}

/** Without /proc only the postmaster is known, by the file that it keeps. */
function fromPidFile(cluster: string): number[] {
  const pid = postmasterPid(cluster);
  if (pid === null) return [];
  try {
    const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return command.includes('postgres') ? [pid] : [];
  } catch {
    return [];
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
