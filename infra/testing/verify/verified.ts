import type { Policies } from './levels.ts';
import { type Row, table } from './table.ts';

/** What a run was made with, and when. */
export type Circumstances = {
  /** YYYY-MM-DD */
  readonly date: string;
  readonly commit: string;
  /** By the name of the program or package. */
  readonly versions: Readonly<Record<string, string>>;
  readonly policies: Policies;
  /** A first preview of production on this machine. */
  readonly preview: { readonly resources: number; readonly seconds: number; readonly peakMiB: number | null };
};

/** The page that says what was verified: nothing that was not run, and why not. */
export function verified(rows: readonly Row[], { date, commit, versions, policies, preview }: Circumstances): string {
  const ran = rows.filter((row) => 'checks' in row);
  const checks = ran.reduce((sum, row) => sum + row.checks, 0);
  const failed = ran.reduce((sum, row) => sum + row.failed, 0);
  const absent = rows.flatMap((row) => ('notRun' in row ? [`level ${row.level} (${row.notRun})`] : []));
  const withThese = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `# What was verified

<!-- Written by \`npm run infra:verify\`. Run it anew; do not edit. -->

${date}, commit ${commit}, with ${withThese.join(', ')}: ${checks} checks, ${failed} failed.
A preview of production, the program by itself: ${preview.resources} resources, ${took(preview)}.
${byEngine(rows)}
Policies: ${policies.killed} of ${policies.mutants} mistakes in our own stacks caught, ${policies.falseAlarms} false alarms.
${absent.length === 0 ? 'Every level was run.' : `Not run: ${absent.join('; ')}.`}

\`\`\`
${table(rows)}
\`\`\`
`;
}

/** What the slowest preview by the real engine took, of production where it was made. */
function byEngine(rows: readonly Row[]): string {
  const made = rows.flatMap((row) =>
    'took' in row && row.took !== undefined ? [{ part: row.part, took: row.took }] : [],
  );
  const shown = made.find(({ part }) => part.startsWith('production,')) ?? made[0];
  return shown === undefined
    ? 'By the real engine no preview was made.'
    : `By the real engine, ${shown.part}: ${took(shown.took)}, with the engine, the program and the providers counted together.`;
}

function took({ seconds, peakMiB }: { readonly seconds: number; readonly peakMiB: number | null }): string {
  return `${seconds.toFixed(1)} s, at most ${peakMiB ?? '?'} MiB`;
}
