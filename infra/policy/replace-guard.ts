import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { holdsData } from './rules/stores.ts';

const HELP = `Reads what a preview would do, and fails when it would delete or replace a database, cache, key, bucket, secret, network or cluster that
its operator did not name.

Usage: pulumi preview --json | npm run --silent infra:guard -- [--allow URN]...

Exit code: 0 nothing of the kind, 1 something would go, 2 what came is no preview.`;

/** Operations after which what was there is gone. */
const takesAway = [
  'delete',
  'replace',
  'delete-replaced',
  'create-replacement',
  'discard-replaced',
  'import-replacement',
];

type Step = { readonly op: string; readonly urn: string; readonly replaceReasons?: readonly string[] };

if (import.meta.main) process.exitCode = main(process.argv.slice(2), await text(process.stdin));

function main(args: string[], preview: string): 0 | 1 | 2 {
  const options = { allow: { type: 'string', multiple: true }, help: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) return said(HELP, 0);
  const steps = stepsOf(preview);
  if (steps === null) return said('What came is no preview: expected the output of pulumi preview --json', 2);
  const lost = replaceGuard(steps, values.allow ?? []);
  if (lost.length === 0) return said(`Nothing that holds data would go (${steps.length} steps)`, 0);
  return said([...lost, 'Name each by --allow URN if it is meant.'].join('\n'), 1);
}

/** What would take data with it and was not named: a line each. */
export function replaceGuard(steps: readonly Step[], allowed: readonly string[]): string[] {
  const lost = new Map<string, string>();
  for (const { op, urn, replaceReasons = [] } of steps) {
    if (!takesAway.includes(op) || allowed.includes(urn) || !holds(urn)) continue;
    const verb = op === 'delete' ? 'deleted' : 'replaced';
    // A replacement comes as several steps, only one of which has the reasons.
    const because = replaceReasons.length > 0 ? `, because of ${replaceReasons.join(', ')}` : '';
    if (!lost.has(urn) || because !== '') lost.set(urn, `${urn} would be ${verb}${because}`);
  }
  return [...lost.values()];
}

/** The steps of a preview; null when it is none. */
function stepsOf(preview: string): Step[] | null {
  try {
    const { steps, changeSummary } = JSON.parse(preview) as { steps?: Step[]; changeSummary?: object };
    // A preview in which nothing happens has no steps.
    return steps ?? (changeSummary ? [] : null);
  } catch {
    return null;
  }
}

function holds(urn: string): boolean {
  const type = urn.split('::')[2]?.split('$').at(-1);
  return holdsData.some((known) => known === type);
}

function said(line: string, code: 0 | 1 | 2): 0 | 1 | 2 {
  process.stdout.write(`${line}\n`);
  return code;
}
