import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quote, UserError } from '../errors.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import type { Layout } from './folder.ts';
import { runToEnd } from './run.ts';

/** The role that initdb makes; used by this folder alone, to make the other two. */
export const SUPERUSER = 'postgres';

/** Throws a UserError when there is a database that these programs and this user cannot open. */
export function checkCluster(layout: Layout, binaries: Binaries, account: Account): void {
  if (!existsSync(layout.cluster)) return;
  const owner = statSync(layout.cluster).uid;
  const expected = account?.uid ?? process.geteuid?.();
  if (owner !== expected) {
    throw unusable(layout, `belongs to uid ${owner}, expected uid ${expected}: start as the user that made it`);
  }
  const version = versionOf(layout.cluster);
  if (version === null) throw unusable(layout, 'is not a PostgreSQL database: it has no file PG_VERSION');
  if (version !== binaries.major) {
    throw unusable(layout, `was written by PostgreSQL ${quote(version)}, expected ${binaries.major}`);
  }
}

/**
 * Makes a new database. It grows in a folder of its own and gets its name when it is whole, so that a kill on the way leaves
 * nothing that looks like a database.
 */
export async function createCluster(
  layout: Layout,
  binaries: Binaries,
  account: Account,
  options: { password: string; sync: boolean; onStep: (step: string, pid: number) => void },
): Promise<void> {
  const draft = await mkdtemp(join(layout.directory, DRAFT_PREFIX));
  try {
    const cluster = join(draft, 'cluster');
    const passwordFile = join(draft, 'password');
    await mkdir(cluster, { mode: 0o700 });
    await writeFile(passwordFile, options.password, { mode: 0o600 });
    if (account !== null)
      for (const path of [draft, cluster, passwordFile]) await chown(path, account.uid, account.gid);

    const run = await runToEnd(binaries.initdb, initdbArguments(cluster, passwordFile, options.sync), {
      account,
      cwd: draft,
      onOutput: stepTeller(options.onStep),
    });
    if (run.code !== 0) throw failed(layout, run.output);
    renameSync(cluster, layout.cluster);
    syncFolder(layout.directory);
  } finally {
    await removeDraft(draft);
  }
}

/** Removes what an interrupted `createCluster` left. */
export async function removeDrafts(layout: Layout): Promise<void> {
  for (const name of readdirSync(layout.directory)) {
    if (!name.startsWith(DRAFT_PREFIX)) continue;
    await removeDraft(join(layout.directory, name));
  }
}

// After a kill initdb, or the server that it works with, may still be writing for a moment: then removal is tried again.
async function removeDraft(draft: string): Promise<void> {
  await rm(draft, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

const DRAFT_PREFIX = 'initdb-';

/** initdb says `creating subdirectories ... ` when it begins a step and `ok` when that is done. */
function stepTeller(onStep: (step: string, pid: number) => void): (output: string, pid: number) => void {
  let told = 0;
  return (output, pid) => {
    const steps = [...output.matchAll(/^(.+) \.\.\. /gm)].map(([, step = '']) => step);
    for (const step of steps.slice(told)) onStep(step, pid);
    told = steps.length;
  };
}

function initdbArguments(cluster: string, passwordFile: string, sync: boolean): string[] {
  return [
    '--pgdata',
    cluster,
    '--username',
    SUPERUSER,
    '--pwfile',
    passwordFile,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Built into PostgreSQL, so the order of text is the same on every machine and after every upgrade of the system.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--data-checksums',
    ...(sync ? [] : ['--no-sync']),
  ];
}

function versionOf(cluster: string): string | null {
  try {
    return readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  } catch {
    return null;
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function unusable(layout: Layout, what: string): UserError {
  return new UserError(
    'DATABASE_FOLDER',
    `The data folder ${quote(layout.directory)} cannot be opened: ${quote(layout.cluster)} ${what}. Choose another with --data-dir.`,
  );
}

function failed(layout: Layout, output: string): UserError {
  const tail = output.trimEnd().split('\n').slice(-20).join('\n');
  return new UserError('DATABASE_START', `initdb could not make a database in ${quote(layout.directory)}:\n${tail}`);
}
