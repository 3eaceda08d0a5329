import { join } from 'node:path';
import type { Captured } from '../engine/captured.ts';
import type { Tally } from '../kubernetes/tally.ts';
import { changed, type Outcome } from './events.ts';
import { Project, type RunOptions } from './pulumi.ts';

const repository = join(import.meta.dirname, '../../..');
/** What the program reads. */
const parts = ['infra', 'backend', 'alerts', 'dashboards'];

/** This repository as the engine sees it, with a state of its own. */
export function openProject(environment: Readonly<Record<string, string>>): Project {
  return new Project({ source: repository, parts, environment });
}

/** As the committed files say: no provider that the program does not name. */
export function settings(config: Readonly<Record<string, string>>): Record<string, unknown> {
  return { 'pulumi:disable-default-providers': ['*'], ...config };
}

/** What an outcome has to complain of when it was to end well and to do nothing else than `wanted`. */
export function unlike({ exitCode, complaints, changes, output }: Outcome, wanted: (op: string) => boolean): string[] {
  const others = Object.entries(changes).filter(([op]) => op !== 'same' && !wanted(op));
  const failed = exitCode === 0 ? [] : [`it ended with ${exitCode}`, ...complaints];
  const silent = exitCode !== 0 && complaints.length === 0 ? [output.slice(-1500)] : [];
  return [...failed, ...silent, ...others.map(([op, count]) => `${count} ${op}`)];
}

const nothing = () => false;

/** Which resources were not to be touched, by name. */
export function touched({ steps }: Pick<Outcome, 'steps'>): string[] {
  return steps.map(({ op, urn }) => `${op} ${urn.split('::').slice(2).join(' ')}`);
}

/** Runs an operation that is to change nothing. */
export async function quiet(project: Project, operation: 'up' | 'refresh', options: RunOptions): Promise<string[]> {
  const outcome = await project.run(operation, options);
  // A run that looked at nothing found nothing changed.
  const looked = (outcome.changes['same'] ?? 0) > 0 ? [] : ['it says of nothing that it stays as it is'];
  const problems = [...unlike(outcome, nothing), ...looked];
  return changed(outcome) === 0 ? problems : [...problems, ...touched(outcome)];
}

/** What the state has that level 0 does not see, and the other way round. */
function otherThan(project: Project, stack: string, resources: readonly Captured[]): string[] {
  const state = new Set(
    (project.state(stack).resources ?? [])
      .map(({ urn }) => urn)
      .filter((urn) => !urn.includes('::pulumi:pulumi:Stack::')),
  );
  const seen = new Set(resources.map(({ urn }) => urn));
  return [
    ...[...state].filter((urn) => !seen.has(urn)).map((urn) => `level 0 does not see ${urn}`),
    ...[...seen].filter((urn) => !state.has(urn)).map((urn) => `only level 0 sees ${urn}`),
  ];
}

/** The first `up` of a stack: it makes all that level 0 sees, and no other. */
export async function makesAll(project: Project, stack: string, resources: readonly Captured[]): Promise<string[]> {
  const problems = unlike(await project.run('up', { stack }), (op) => op === 'create');
  return problems.length > 0 ? problems : otherThan(project, stack, resources);
}

/** Checks in their order, until one does not hold: what comes after it would only say so again. */
export async function inOrder(tally: Tally, stack: string, checks: readonly Check[]): Promise<void> {
  for (const [what, find] of checks) {
    if (tally.failed > 0) return;
    await tally.check(stack, what, find);
  }
}

export type Check = readonly [what: string, find: () => Promise<readonly string[]>];
