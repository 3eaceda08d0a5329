import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generatedFiles } from './contents.ts';

/** `npm run docs` for runbooks/: writes what follows from the tables of alerts/ into the pages, and the index; with --check only names them. */
const root = join(import.meta.dirname, '../..');
const checking = process.argv.includes('--check');
let stale = 0;
for (const [name, text] of Object.entries(await generatedFiles())) {
  const path = join(root, name);
  if ((await readFile(path, 'utf8').catch(() => null)) === text) continue;
  stale += 1;
  if (!checking) await writeFile(path, text);
  process.stdout.write(checking ? `${name} is not what the tables say: npm run docs writes it\n` : `${name} written\n`);
}
process.exitCode = checking && stale > 0 ? 1 : 0;
