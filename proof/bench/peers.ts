import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What ours is measured against has its own package.json and lock file, so that nobody else installs it. */
const FOLDER = import.meta.dirname;

/** Those of the packages that are not installed. */
export function missingPeers(names: readonly string[]): string[] {
  return names.filter((name) => !existsSync(manifestOf(name)));
}

/** Loads a peer from its own folder, never the product's copy of it. `T`: as much of its types as the benchmark uses. */
export async function peer<T>(name: string): Promise<T> {
  const resolve = createRequire(join(FOLDER, 'package.json')).resolve;
  return (await import(pathToFileURL(resolve(name)).href)) as T;
}

export function versionsOf(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => [name, (JSON.parse(readFileSync(manifestOf(name), 'utf8')) as { version: string }).version]),
  );
}

/** Runs `npm ci` in the peers' folder. Throws when it fails. */
export function installPeers(): void {
  const { status, error } = spawnSync('npm', ['ci'], { cwd: FOLDER, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error(`npm ci ended with exit code ${status}`);
}

function manifestOf(name: string): string {
  return join(FOLDER, 'node_modules', name, 'package.json');
}
