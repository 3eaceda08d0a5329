import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generatedFiles } from './files.ts';

/** `npm run docs` for alerts/: writes the files that are not as the tables say; with --check only names them. */
const root = join(import.meta.dirname, '../..');
const checking = process.argv.includes('--check');
let stale = 0;
for (const [name, text] of Object.entries(generatedFiles())) {
  const path = join(root, name);
  if ((await readFile(path, 'utf8').catch(() => null)) === text) continue;
  stale += 1;
  if (!checking) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  process.stdout.write(checking ? `${name} is not what the tables say: npm run docs writes it\n` : `${name} written\n`);
}
process.exitCode = checking && stale > 0 ? 1 : 0;
