import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from './program.ts';
import { main } from './run.ts';

const REPOSITORY = join(import.meta.dirname, '../..');

/** What the checks read, and the metrics, against which a label is judged, with the tables that they are made of. */
const COPIED = [
  '.dependency-cruiser.mjs',
  '.gitignore',
  'biome.json',
  'knip.json',
  'package.json',
  'tsconfig.json',
  'proof/check/process.grit',
  'backend/jobs.ts',
  'backend/metrics',
  'backend/roles.ts',
];

/** A repository in a temporary folder with these files and copies of our own, under the real configuration; `close` removes it. */
export async function smallRepository(files: Readonly<Record<string, string>>, copies: readonly string[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-check-'));
  await run('git', ['init', '--quiet'], folder);
  for (const path of [...COPIED, ...copies]) await cp(join(REPOSITORY, path), join(folder, path), { recursive: true });
  await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return {
    /** Runs one step of the check as `npm run check -- --only STEP` does. */
    async check(step: string): Promise<{ code: number; output: string }> {
      const lines: string[] = [];
      const code = await main(['--only', step], folder, (line) => lines.push(line));
      return { code, output: lines.join('\n') };
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
