import type { Block, Page } from './page.ts';

/** Blocks that are carried out on one machine. */
export function drillBlocks(page: Page): readonly Block[] {
  return page.blocks.filter(({ kind }) => kind === 'sh drill');
}

/** What breaks or mends something; all else of a drill asks, and shows no more than that the commands can be given. */
const CHANGES = [
  /\bkill /,
  /\b(?:mv|rm) /,
  /\bsql -- --write\b|\bpg_terminate_backend\(/,
  /\b(?:backup|restore|restore-drill|new-epoch|key) -- /,
  /\bmain[.]ts start\b|\bredis-server --port\b|\bredis-cli .*\b(?:shutdown|flushall)\b/,
  /\bmutation\b/,
];

/** Whether the drill of a page changes something, or only reads; null where it has none. Told by the commands that it gives. */
export function drillOf(page: Page): 'changes' | 'reads' | null {
  const blocks = drillBlocks(page);
  if (blocks.length === 0) return null;
  return blocks.some(({ text }) => CHANGES.some((pattern) => pattern.test(text))) ? 'changes' : 'reads';
}
