import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import type { Layout } from './folder.ts';
import { childEnvironment } from './run.ts';
import { openLog, sizeOf, tailOf } from './server-log.ts';

/** The first process of a running server, a child of ours. */
export type Postmaster = {
  readonly pid: number;
  /** Resolves when it has ended, with a few words on how. */
  readonly exited: Promise<string>;
  /** False when it had ended already. */
  signal(name: NodeJS.Signals): boolean;
};

type Launch = {
  readonly binaries: Binaries;
  readonly account: Account;
  readonly layout: Layout;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  /** Called now and then while the server recovers, with the seconds so far. */
  readonly onSlow: (seconds: number) => void;
};

/** The server ended before it was ready. `reason` tells what another attempt would need. */
export class StartFailure extends Error {
  readonly reason: 'port' | 'files in use' | 'other';
  readonly tail: string;

  constructor(how: string, tail: string) {
    super(`PostgreSQL did not start (${how}). It said:\n${tail}`);
    this.name = 'StartFailure';
    this.tail = tail;
    this.reason = reasonIn(tail);
  }
}

/** Starts the server and resolves when it takes connections; throws StartFailure when it ends before. */
export async function launch(options: Launch): Promise<Postmaster> {
  const { log, cluster } = options.layout;
  const output = openLog(log);
  const from = sizeOf(log);
  const child = spawn(options.binaries.postgres, postmasterArguments(options), {
    ...options.account,
    cwd: cluster,
    env: childEnvironment,
    // Its own session: the terminal's Ctrl-C reaches Node alone, which drains before it stops the database.
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const exited = exitOf(child);
  child.unref();

  const how = await Promise.race([exited, untilReady(child, cluster, options.onSlow)]);
  if (how !== null || child.pid === undefined) throw new StartFailure(how ?? 'no process', tailOf(log, from));
  return { pid: child.pid, exited, signal: (name) => child.kill(name) };
}

/** PostgreSQL's fast shutdown, its immediate one, and the system's: each stronger than the one before. */
export const SHUTDOWN_SIGNALS = ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const;

/** Milliseconds that each signal may take before the next one follows. */
export type Patience = Readonly<Record<(typeof SHUTDOWN_SIGNALS)[number], number>>;

/** For a whole server: a fast shutdown writes a checkpoint. */
export const PATIENT: Patience = { SIGINT: 20_000, SIGQUIT: 5_000, SIGKILL: 5_000 };

/** For children that lost their postmaster and have nothing to write. */
export const BRIEF: Patience = { SIGINT: 2_000, SIGQUIT: 2_000, SIGKILL: 2_000 };

/** Fast shutdown: sessions end, a checkpoint is written. One that hangs is ended harder; its log is replayed at the next start. */
export async function shutDown(postmaster: Postmaster): Promise<void> {
  for (const signal of SHUTDOWN_SIGNALS) {
    postmaster.signal(signal);
    const abort = new AbortController();
    const ended = await Promise.race([
      postmaster.exited.then(() => true),
      sleep(PATIENT[signal], false, { signal: abort.signal }).catch(() => false),
    ]);
    abort.abort();
    if (ended) return;
  }
}

/** Sensible on one machine that it shares with the rest of the service; `settings` of the caller win over these. */
const DEFAULTS: Readonly<Record<string, string>> = {
  cluster_name: 'heliograph',
  max_connections: '100',
  shared_buffers: '128MB',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  // A writer that forgot its transaction would hold back everyone behind it.
  idle_in_transaction_session_timeout: '10s',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_destination: 'stderr',
  log_line_prefix: '%m [%p] %q%u@%d ',
};

function postmasterArguments({ layout, port, settings }: Launch): string[] {
  const all = {
    ...DEFAULTS,
    ...settings,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    // Our pipe to the log file would otherwise be left empty.
    logging_collector: 'off',
  };
  return ['-D', layout.cluster, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : signal));
  });
}

// There is no upper limit: after a crash the server replays its log for as long as that takes.
async function untilReady(child: ChildProcess, cluster: string, onSlow: Launch['onSlow']): Promise<null> {
  const lives = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  for (let waited = 10; lives(); waited += 10) {
    await sleep(10);
    if (isReady(child, cluster)) return null;
    if (waited % 10_000 === 0) onSlow(waited / 1_000);
  }
  return new Promise(() => {});
}

// The server keeps its pid in the first line and its state in the eighth.
function isReady(child: ChildProcess, cluster: string): boolean {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    return Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

function reasonIn(tail: string): StartFailure['reason'] {
  if (/could not bind|could not create any TCP\/IP sockets/.test(tail)) return 'port';
  if (/pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(tail)) return 'files in use';
  return 'other';
}
