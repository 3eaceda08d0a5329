import type { Rehearsal } from './rehearsal.ts';
import type { Spoilt } from './spoilt.ts';

export type Facts = Readonly<Record<string, string>>;

/** One line for a terminal. */
export function line({ name, achieved, objective, faults }: Rehearsal): string {
  const figure = (what: 'rto' | 'rpo') =>
    `${what.toUpperCase()} ${achieved[what].toFixed(1)} s of ${objective[what]} s`;
  return `${faults.length === 0 ? 'held  ' : 'FAILED'} ${name.padEnd(10)} ${figure('rto')}, ${figure('rpo')}`;
}

/** The page that is committed: what was rehearsed on what, and what came of it. */
export function resultsPage(facts: Facts, rehearsals: readonly Rehearsal[], spoilt: readonly Spoilt[]): string {
  return [
    '# Results of `npm run drill`',
    '',
    '<!-- Written by `npm run drill -- --write-results`. -->',
    '',
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    '',
    '## What may be lost',
    '',
    'RTO: until the service took requests again. RPO: by how much the newest row that came back was older than the newest that there was.',
    '',
    row(['what is lost', 'result', 'RTO, s', 'promised', 'RPO, s', 'promised', 'rehearsed', 'not shown here']),
    row(Array(8).fill('---')),
    ...rehearsals.map(({ name, achieved, objective, shown, notShown, faults }) =>
      row([
        name,
        verdict(faults),
        achieved.rto.toFixed(1),
        String(objective.rto),
        achieved.rpo.toFixed(1),
        String(objective.rpo),
        shown,
        notShown,
      ]),
    ),
    '',
    '## Backups that cannot be relied on',
    '',
    row(['what was done to it', 'result', 'what was told', 'alert']),
    row(Array(4).fill('---')),
    ...spoilt.map(({ name, told, alert, faults }) => row([name, verdict(faults), told, alert])),
    '',
  ].join('\n');
}

function verdict(faults: readonly string[]): string {
  return faults.length === 0 ? 'held' : 'FAILED';
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}
