import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Page, readPage } from './page.ts';

/** Where the pages are. */
export const folder = join(import.meta.dirname, '..');

/** What is no page: it is about them, and generated. */
const INDEX = 'README.md';

/** All pages, by name. */
export async function readPages(from: string = folder): Promise<readonly Page[]> {
  const files = (await readdir(from)).filter((file) => file.endsWith('.md') && file !== INDEX).sort();
  return Promise.all(
    files.map(async (file) => readPage(file.slice(0, -'.md'.length), await readFile(join(from, file), 'utf8'))),
  );
}
