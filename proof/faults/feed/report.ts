import type { Row } from './days.ts';

const COLUMNS = [
  'window',
  'schedule',
  'days',
  'failed',
  'signals',
  'void',
  'corrected bars',
  'stale decisions',
  'stalls',
  'seconds a day',
];

/** The page that is committed: what was played, and what came of it, by window and kind of schedule. */
export function resultsPage(facts: Readonly<Record<string, string>>, rows: readonly Row[]): string {
  const groups = Map.groupBy(rows, ({ window, kind }) => `${window}|${kind}`);
  const failed = rows.filter(({ faults }) => faults.length > 0);
  return [
    '# Results of `npm run faults -- feed`',
    '',
    '<!-- Written by `npm run faults -- feed --write-results`. -->',
    '',
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    '',
    'Each day is held against the recording: final bars, longer bars, every decision with its features, plan and confidence, whole windows, and',
    'the silences that were told. A "harmless" schedule leaves the same log to the last byte.',
    '',
    cells(COLUMNS),
    cells(COLUMNS.map(() => '---')),
    ...[...groups.values()].map((own) => cells(group(own))),
    '',
    ...failed.flatMap(({ seed, faults }) => [`- seed ${seed}: ${faults.join('; ')}`]),
    `${rows.length - failed.length} passed, ${failed.length} failed`,
    '',
  ].join('\n');
}

function group(rows: readonly Row[]): string[] {
  const sum = (value: (row: Row) => number): number => rows.reduce((total, row) => total + value(row), 0);
  return [
    rows[0]?.window ?? '',
    rows[0]?.kind ?? '',
    String(rows.length),
    String(rows.filter(({ faults }) => faults.length > 0).length),
    String(sum(({ signals }) => signals)),
    String(sum(({ voided }) => voided)),
    String(sum(({ corrected }) => corrected)),
    String(sum(({ stale }) => stale)),
    String(sum(({ stalls }) => stalls)),
    (sum(({ seconds }) => seconds) / rows.length).toFixed(1),
  ];
}

function cells(texts: readonly string[]): string {
  return `| ${texts.join(' | ')} |`;
}
