import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from './benchmark.ts';
import { tableOf } from './table.ts';
import { rowsOf, spreadOf, titleOf } from './verdict.ts';

const FILE = join(import.meta.dirname, 'RESULTS.md');

const HEAD = `# Results

Written by \`npm run bench\`. Each section is one run: its variants took turns, and the figures are medians over the rounds. CPU is
the time of the process that does the work (and of the database, where one takes part), garbage collection included. Compare the
figures of one section with each other, and with nothing else: machines differ, and so do their neighbours.
`;

/** Puts the outcome in the place of what this benchmark said before; the sections of the others stay. */
export function writeResult(outcome: Outcome, facts: readonly string[]): void {
  const before = existsSync(FILE) ? readFileSync(FILE, 'utf8') : HEAD;
  writeFileSync(FILE, withSection(before, outcome, facts));
}

export function withSection(before: string, outcome: Outcome, facts: readonly string[]): string {
  const { benchmark, checked, notes } = outcome;
  const section = [
    `## ${titleOf(benchmark)}`,
    `${benchmark.work}\n`,
    `${tableOf(rowsOf(outcome))}\n`,
    `- ${spreadOf(outcome)}`,
    ...checked.map((line) => `- checked: ${line}`),
    ...[...notes, ...facts].map((line) => `- ${line}`),
    '',
  ].join('\n');
  const others = before.split(/^(?=## )/m).slice(1);
  const kept = others
    .filter((text) => !text.startsWith(`## ${titleOf(benchmark)}\n`))
    .map((text) => `${text.trimEnd()}\n`);
  return [HEAD, ...[...kept, section].sort(byNumber)].join('\n');
}

function byNumber(a: string, b: string): number {
  const number = (section: string) => Number(/^## P(\d+)/.exec(section)?.[1] ?? 0);
  return number(a) - number(b);
}
