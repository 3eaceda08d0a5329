import type { Result, Scenario } from './trial.ts';

/** A scenario that is over. */
export type Row = {
  readonly scenario: Pick<Scenario, 'point' | 'target' | 'detail'>;
  readonly result: Result;
  readonly seconds: number;
};

type Column = { readonly title: string; readonly width: number; readonly text: (row: Row) => string };

const COLUMNS: readonly Column[] = [
  { title: 'result', width: 6, text: ({ result }) => (passed(result) ? 'passed' : 'FAILED') },
  { title: 'point', width: 19, text: ({ scenario }) => scenario.point },
  { title: 'killed', width: 11, text: ({ scenario }) => scenario.target },
  { title: 'how', width: 32, text: ({ scenario }) => scenario.detail },
  { title: 'restarts', width: 8, text: ({ result }) => String(result.restarts) },
  { title: 'seconds', width: 7, text: ({ seconds }) => seconds.toFixed(1) },
  { title: 'events', width: 6, text: ({ result }) => String(result.events ?? '') },
  { title: 'sha256 equal', width: 12, text: ({ result }) => yesOrNo(result.sameSha256) },
  { title: 'struck', width: 0, text: ({ result }) => result.struck },
];

export function passed({ faults }: Result): boolean {
  return faults.length === 0;
}

export const header = COLUMNS.map(({ title, width }) => title.padEnd(width)).join('  ');

/** One line for a terminal, and below it what was wrong. */
export function line(row: Row): string {
  const text = COLUMNS.map((column) => column.text(row).padEnd(column.width)).join('  ');
  return [text.trimEnd(), ...row.result.faults.map((fault) => `  ${fault.replaceAll('\n', '\n  ')}`)].join('\n');
}

export function counts(rows: readonly Row[]): string {
  const good = rows.filter(({ result }) => passed(result)).length;
  return `${good} passed, ${rows.length - good} failed`;
}

export type Facts = Readonly<Record<string, string>>;

/** The page that is committed: what was run on what, and what came of it. */
export function resultsPage(facts: Facts, rows: readonly Row[]): string {
  const cells = (texts: readonly string[]) => `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    '# Results of `npm run faults -- kill`',
    '',
    '<!-- Written by `npm run faults -- kill --write-results`. -->',
    '',
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    '',
    'The runs are held against an undisturbed one over the same bars: every row of every table, the hash chain, the sha256 of the log.',
    '',
    cells(COLUMNS.map(({ title }) => title)),
    cells(COLUMNS.map(() => '---')),
    ...rows.map((row) => cells(COLUMNS.map(({ text }) => text(row)))),
    '',
    `${counts(rows)}`,
    '',
  ].join('\n');
}

function yesOrNo(value: boolean | null): string {
  if (value === null) return '';
  return value ? 'yes' : 'NO';
}
