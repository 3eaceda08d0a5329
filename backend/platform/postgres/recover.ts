import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inShell } from '../../server-scripts.ts';
import { UserError } from '../errors.ts';
import { type Account, databaseAccount } from './account.ts';
import { type Binaries, copyPlaces, installedPackage, prepareBinaries } from './binaries.ts';
import { checkCluster, SUPERUSER } from './cluster.ts';
import { loadCredentials } from './credentials.ts';
import { type Layout, layoutOf } from './folder.ts';
import { acquireLock } from './lock.ts';
import { startOnPort } from './port.ts';
import { launch, StartFailure, shutDown } from './postmaster.ts';
import { childEnvironment } from './run.ts';

export type Recovery = {
  /** Holds `cluster` as it was backed up, with its `backup_label`, and the passwords that it shall have from now on. */
  readonly dataDirectory: string;
  /** Holds each file of the write-ahead log that is needed, compressed with gzip: `<name>.gz`. */
  readonly walIn: string;
  /** How far: all there is, until the backup is consistent, or to just before an instant (ms). */
  readonly target: 'newest' | 'backup' | number;
  /** Called now and then while the log is replayed, with the seconds so far. */
  readonly onSlow: (seconds: number) => void;
};

/**
 * Lets PostgreSQL replay the write-ahead log over a restored copy of its files, and gives its superuser the password of this folder. Nobody
 * can log in meanwhile, and nothing runs when this resolves. Throws a UserError with what PostgreSQL said when it could not get there.
 */
export async function recoverCluster(recovery: Recovery): Promise<void> {
  const account = databaseAccount();
  const layout = layoutOf(recovery.dataDirectory);
  const lock = acquireLock(layout.directory);
  try {
    const binaries = await prepareBinaries(await installedPackage(), {
      account,
      copyTo: copyPlaces(layout.directory, account),
    });
    checkCluster(layout, binaries, account);
    await replay({ layout, binaries, account, recovery });
    await setPassword({ layout, binaries, account }, loadCredentials(layout).superuser);
  } finally {
    lock.release();
  }
}

type Place = { readonly layout: Layout; readonly binaries: Binaries; readonly account: Account };

/** Tells the copy to recover, and answers the settings with which a server does so. */
export function prepareRecovery({ dataDirectory, walIn, target }: Recovery): Readonly<Record<string, string>> {
  const nobody = join(dataDirectory, 'nobody.conf');
  writeFileSync(nobody, 'host all all all reject\n', { mode: 0o644 });
  writeFileSync(join(layoutOf(dataDirectory).cluster, 'recovery.signal'), '', { mode: 0o600 });
  return {
    hba_file: nobody,
    // Ready, then, means that the end of the log is reached and the server writes again.
    hot_standby: 'off',
    // Without a command nothing leaves, but the server notes what will have to: the history of its new timeline above all.
    archive_mode: 'on',
    archive_command: '',
    restore_command: `gzip -dc ${inShell(walIn)}/%f.gz >"%p"`,
    recovery_target_action: 'promote',
    ...targetSettings(target),
  };
}

/** The server ended before it had replayed all: a UserError with what it said. */
export function replayFailed(tail: string, cause?: unknown): UserError {
  return new UserError('RESTORE_REPLAY', `The write-ahead log could not be replayed: ${reasonIn(tail)}`, { cause });
}

async function replay({ layout, binaries, account, recovery }: Place & { readonly recovery: Recovery }): Promise<void> {
  const settings = prepareRecovery(recovery);
  try {
    const { postmaster } = await startOnPort(layout, undefined, (port) =>
      launch({ layout, binaries, account, port, settings, onSlow: recovery.onSlow }),
    );
    await shutDown(postmaster);
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    throw replayFailed(error.tail, error);
  }
}

function targetSettings(target: Recovery['target']): Record<string, string> {
  if (target === 'newest') return {};
  if (target === 'backup') return { recovery_target: 'immediate' };
  // The abbreviation Z is one of those that a server only learns once it has started.
  const time = new Date(target).toISOString().replace('Z', '+00');
  return { recovery_target_time: time, recovery_target_inclusive: 'off' };
}

/** The lines that say why, else all. */
function reasonIn(tail: string): string {
  const fatal = tail.split('\n').flatMap((line) => /(?:FATAL|PANIC): +(.*)$/.exec(line)?.[1] ?? []);
  return fatal.length === 0 ? tail : fatal.join('; ');
}

/** The server that was backed up had another password. In single-user mode nobody is asked for one, and nobody else can get in. */
function setPassword({ layout, binaries, account }: Place, password: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const args = ['--single', '-D', layout.cluster, '-c', 'log_min_error_statement=panic', '-j', 'postgres'];
    const child = spawn(binaries.postgres, args, {
      ...account,
      cwd: layout.cluster,
      env: childEnvironment,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0 && !/ERROR|FATAL/.test(output)) resolve();
      else reject(new Error(`the password of the restored server could not be set (exit code ${code}): ${output}`));
    });
    // A server that ends before it has read this says why in its output; without a listener the broken pipe would end this process.
    child.stdin.on('error', () => undefined);
    // It belongs to no statement of ours that the password could break out of: letters, digits, hyphens and underscores.
    child.stdin.end(`alter role ${SUPERUSER} password '${password}';\n\n`);
  });
}
