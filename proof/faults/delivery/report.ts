/** One fault, struck once. */
export type Row = {
  readonly id: string;
  readonly title: string;
  readonly promise: string;
  readonly seed: number;
  /** Events that were acknowledged to the writer, and that arrived at all callbacks together. */
  readonly sent: number;
  readonly arrived: number;
  /** How often callers were told of each state. */
  readonly told: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
  readonly faults: readonly string[];
  readonly seconds: number;
  /** Why it was not struck; null when it was. */
  readonly notRun: string | null;
};

export function outcomeOf({ faults, notRun }: Row): 'passed' | 'FAILED' | 'not run' {
  if (notRun !== null) return 'not run';
  return faults.length === 0 ? 'passed' : 'FAILED';
}

/** A line for a terminal; below it what was noted and what was wrong. */
export function line(row: Row): string {
  const { id, title, seed, sent, arrived, seconds, notRun, notes, faults } = row;
  // That a program is missing can be mended where this runs; what else it takes may not be had there.
  if (notRun !== null) return `${notRun.endsWith('is missing') ? 'not run:' : 'left out'} ${notRun}: ${id}`;
  const counts = `sent ${sent}, arrived ${arrived}, told ${toldText(row)}`;
  return [
    `${outcomeOf(row).padEnd(7)}  ${id}  seed ${seed}  ${title}: ${counts} (${seconds.toFixed(0)} s)`,
    ...notes.map((note) => `         ${note}`),
    ...faults.map((fault) => `         ! ${fault.replaceAll('\n', '\n           ')}`),
  ].join('\n');
}

export function counts(rows: readonly Row[]): string {
  const of = (outcome: string): number => rows.filter((row) => outcomeOf(row) === outcome).length;
  return `${of('passed')} passed, ${of('FAILED')} failed, ${of('not run')} not run`;
}

/** The page that is committed: a line for each fault, over all of its seeds. */
export function resultsPage(facts: Readonly<Record<string, string>>, rows: readonly Row[]): string {
  const cells = (texts: readonly string[]): string =>
    `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  const ids = [...new Set(rows.map(({ id }) => id))].sort();
  return [
    '# Results of `npm run faults -- delivery`',
    '',
    '<!-- Written by `npm run faults -- delivery --write-results`. -->',
    '',
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    '',
    'Promised of each: nothing lost, doubled or out of order at the callback of an application, and a silence of more than two heartbeats told.',
    'Beside that what its line says. Sent is what was acknowledged to the writer; arrived counts all followers together.',
    '',
    cells([
      'fault',
      'what happens',
      'promised beside',
      'seeds',
      'sent',
      'arrived',
      'told',
      'result',
      'seen (last seed)',
    ]),
    cells(Array.from({ length: 9 }, () => '---')),
    ...ids.map((id) => cells(summary(rows.filter((row) => row.id === id)))),
    '',
    counts(rows),
    '',
  ].join('\n');
}

function summary(rows: readonly Row[]): string[] {
  const last = rows.at(-1);
  if (last === undefined) return [];
  if (last.notRun !== null) return [last.id, last.title, '', '', '', '', '', `not run: ${last.notRun}`, ''];
  const sum = (of: (row: Row) => number): string => String(rows.reduce((total, row) => total + of(row), 0));
  const failed = rows.filter((row) => outcomeOf(row) === 'FAILED');
  const result = failed.length === 0 ? 'passed' : `FAILED ${failed.length}: ${failed[0]?.faults[0]}`;
  const seeds = String(rows.length);
  const told = toldText({ told: added(rows.map((row) => row.told)) });
  return [
    last.id,
    last.title,
    last.promise,
    seeds,
    sum(({ sent }) => sent),
    sum(({ arrived }) => arrived),
    told,
    result,
    last.notes.join('; '),
  ];
}

function added(tolds: readonly Row['told'][]): Row['told'] {
  const all: Record<string, number> = {};
  for (const told of tolds) for (const [state, count] of Object.entries(told)) all[state] = (all[state] ?? 0) + count;
  return all;
}

function toldText({ told }: Pick<Row, 'told'>): string {
  const words = ['stalled', 'disconnected', 'catching-up', 'problem', 'ended'].flatMap((state) =>
    told[state] === undefined ? [] : [`${state} ${told[state]}`],
  );
  return words.length === 0 ? 'nothing' : words.join(', ');
}
