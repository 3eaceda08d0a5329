import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Span } from '../common/prometheus/ask.ts';
import type { BoardFile } from '../dashboards/boards.ts';
import { type ByHand, gather } from './gather.ts';
import { pageOf } from './page.ts';
import { type Pictures, takePicture } from './picture.ts';

/** Heights of a row of the grid and of what stands above it, in pixels. */
const ROW = 32;
const HEAD = 96;

/** Writes a page for each dashboard into the folder, and where it is asked for a picture of each into another. Gives the pages. */
export async function writePages(
  address: string,
  boards: readonly (readonly [file: string, board: BoardFile])[],
  span: Span,
  { pages: folder, pictures }: { readonly pages: string; readonly pictures?: Pictures | undefined },
  byHand?: ByHand,
): Promise<readonly string[]> {
  const pages: string[] = [];
  await mkdir(folder, { recursive: true });
  if (pictures !== undefined) await mkdir(pictures.folder, { recursive: true });
  for (const [file, board] of boards) {
    const name = file.replace('.json', '');
    const page = resolve(folder, `${name}.html`);
    await writeFile(page, await pageOf(await gather(address, board, span, byHand)));
    pages.push(page);
    if (pictures === undefined) continue;
    const rows = Math.max(...board.panels.map(({ gridPos: { y, h } }) => y + h));
    await takePicture(pictures.browser, page, resolve(join(pictures.folder, `${name}.png`)), rows * ROW + HEAD);
  }
  return pages;
}
