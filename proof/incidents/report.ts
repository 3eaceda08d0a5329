import type { Outcome } from './incident.ts';

type Column = { readonly title: string; readonly width: number; readonly text: (outcome: Outcome) => string };

const COLUMNS: readonly Column[] = [
  { title: 'incident', width: 24, text: ({ incident }) => incident.name },
  { title: 'result', width: 10, text: verdict },
  { title: 'expected', width: 44, text: ({ incident }) => listed(incident.fires) },
  { title: 'fired (in brackets: nobody is told, the cause is known)', width: 58, text: fired },
  { title: 'seconds to fire', width: 15, text: ({ secondsToFire }) => figure(secondsToFire) },
  { title: 'cleared by', width: 48, text: ({ clearedBy }) => clearedBy },
  { title: 'seconds to clear', width: 0, text: ({ secondsToClear }) => figure(secondsToClear) },
];

/** What does not hold on a machine that has no time says nothing. */
export function verdict({ faults, late }: Pick<Outcome, 'faults' | 'late'>): 'held' | 'not judged' | 'FAILED' {
  if (faults.length === 0) return 'held';
  return late === null ? 'FAILED' : 'not judged';
}

export type Facts = Readonly<Record<string, string>>;

export const header = COLUMNS.map(({ title, width }) => title.padEnd(width)).join('  ');

/** One line for a terminal, and below it what was wrong. */
export function line(outcome: Outcome): string {
  const text = COLUMNS.map((column) => column.text(outcome).padEnd(column.width)).join('  ');
  const wrong = outcome.faults.length > 0 && outcome.late !== null ? [...outcome.faults, outcome.late] : outcome.faults;
  return [text.trimEnd(), ...wrong.map((fault) => `  ${fault.replaceAll('\n', '\n  ')}`)].join('\n');
}

export function counts(outcomes: readonly Outcome[]): string {
  const of = (wanted: ReturnType<typeof verdict>): number => outcomes.filter((one) => verdict(one) === wanted).length;
  return `${outcomes.length} incidents: ${of('held')} held, ${of('FAILED')} failed, ${of('not judged')} not judged`;
}

/** The page that is committed: what was done on what, and what came of it. */
export function resultsPage(facts: Facts, outcomes: readonly Outcome[]): string {
  return [
    '# Results of `npm run incidents`',
    '',
    '<!-- Written by `npm run incidents -- --write-results`. -->',
    '',
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    '',
    row(['what was done', ...COLUMNS.map(({ title }) => title)]),
    row(['---', ...COLUMNS.map(() => '---')]),
    ...outcomes.map((outcome) => row([outcome.incident.what, ...COLUMNS.map(({ text }) => text(outcome))])),
    '',
    counts(outcomes),
    '',
  ].join('\n');
}

function fired({ fired: names, silenced }: Outcome): string {
  return listed(names.map((name) => (silenced.includes(name) ? `(${name})` : name)));
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

function figure(seconds: number | null): string {
  return seconds === null ? '' : seconds.toFixed(1);
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
