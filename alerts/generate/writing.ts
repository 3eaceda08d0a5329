import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/**
 * Writes the files, by path below the root of the repository, that are not as the tables say; with --check among the arguments only
 * names them, and the exit code is 1.
 */
export async function writeOrCheck(files: Readonly<Record<string, string>>, args: readonly string[]): Promise<0 | 1> {
  const checking = args.includes('--check');
  let stale = 0;
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name);
    if ((await readFile(path, 'utf8').catch(() => null)) === text) continue;
    stale += 1;
    if (!checking) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
    process.stdout.write(
      checking ? `${name} is not what the tables say: npm run docs writes it\n` : `${name} written\n`,
    );
  }
  return checking && stale > 0 ? 1 : 0;
}
