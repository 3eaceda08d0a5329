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
  /** What would be wrong if the machine had not been late itself. */
  readonly unjudged: readonly string[];
  readonly seconds: number;
  /** Why it was not struck; null when it was. */
  readonly notRun: string | null;
  /** Of what was struck: "cf31277", or "cf31277, changed". */
  readonly commit: string;
};

export function outcomeOf({ faults, unjudged, notRun }: Row): 'passed' | 'FAILED' | 'not judged' | 'not run' {
  if (notRun !== null) return 'not run';
  if (faults.length > 0) return 'FAILED';
  return unjudged.length === 0 ? 'passed' : 'not judged';
}

/** A line for a terminal; below it what was noted and what was wrong. */
export function line(row: Row): string {
  const { id, title, seed, sent, arrived, seconds, notRun, notes, faults, unjudged } = row;
  // That a program is missing can be mended where this runs; what else it takes may not be had there.
  if (notRun !== null) return `${notRun.endsWith('is missing') ? 'not run:' : 'left out'} ${notRun}: ${id}`;
  const counts = `sent ${sent}, arrived ${arrived}, told ${toldText(row)}`;
  return [
    `${outcomeOf(row).padEnd(10)}  ${id}  seed ${seed}  ${title}: ${counts} (${seconds.toFixed(0)} s)`,
    ...notes.map((note) => `         ${note}`),
    ...unjudged.map((text) => `         ? ${text}`),
    ...faults.map((fault) => `         ! ${fault.replaceAll('\n', '\n           ')}`),
  ].join('\n');
}

export function counts(rows: readonly Row[]): string {
  const of = (outcome: string): number => rows.filter((row) => outcomeOf(row) === outcome).length;
  return `${of('passed')} passed, ${of('FAILED')} failed, ${of('not judged')} not judged, ${of('not run')} not run`;
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
    'No silence of two heartbeats that the fault does not explain. Beside that what its line says; a time is held against the limit beside it.',
    'Not judged is what was over its limit while this machine kept a process that does nothing, or the proof itself, for more than a tenth of the limit;',
    'and a replay for which the service itself waited so long for a processor, which other strikes want, too.',
    'Sent is what was acknowledged to the writer; arrived counts all followers together.',
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
  const unsure = rows.filter((row) => outcomeOf(row) === 'not judged');
  const result = [
    ...(failed.length === 0 ? [] : [`FAILED ${failed.length}: ${failed[0]?.faults[0]}`]),
    ...(unsure.length === 0 ? [] : [`not judged ${unsure.length}: ${unsure[0]?.unjudged[0]}`]),
  ].join('; ');
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
    result === '' ? 'passed' : result,
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
