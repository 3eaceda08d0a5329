import type { Row } from './verdict.ts';

const HEADS = {
  bench: 'bench',
  variant: 'variant',
  cpu: 'CPU',
  wall: 'wall',
  ratio: 'CPU / ours',
  goal: 'goal',
  met: 'met',
} as const satisfies Record<keyof Row, string>;
const COLUMNS = Object.keys(HEADS) as (keyof Row)[];
const NUMBERS: readonly (keyof Row)[] = ['cpu', 'wall', 'ratio'];

/** As Markdown, in columns that also a terminal shows straight. */
export function tableOf(rows: readonly Row[]): string {
  const widths = COLUMNS.map((column) => Math.max(...[HEADS, ...rows].map((row) => row[column].length)));
  const line = (row: Record<keyof Row, string>) =>
    `| ${COLUMNS.map((column, index) => pad(row[column], widths[index] ?? 0, column)).join(' | ')} |`;
  const rule = COLUMNS.map((column, index) => {
    const dashes = '-'.repeat((widths[index] ?? 0) + 1);
    return NUMBERS.includes(column) ? `${dashes}:` : `${dashes}-`;
  });
  return [line(HEADS), `|${rule.join('|')}|`, ...rows.map(line)].join('\n');
}

function pad(text: string, width: number, column: keyof Row): string {
  return NUMBERS.includes(column) ? text.padStart(width) : text.padEnd(width);
}
