import { adopt, isSomewhere } from '../../state/adopt.ts';
import type { Project, RunOptions } from './pulumi.ts';
import { quiet, unlike } from './stack.ts';

/** What really is there, whoever is asked. */
export type World = {
  /** Which resources exist, by URN. */
  readonly existing: () => Promise<ReadonlySet<string>> | ReadonlySet<string>;
  /** By URN the id of what exists; undefined where the name says it. */
  readonly idOf: (urn: string) => string | undefined;
  /** Has the next run killed at some moment. */
  readonly arm: () => Pick<RunOptions, 'seen' | 'args'>;
  /** Lets the next runs live. */
  readonly disarm: () => void;
};

export type Crashes = { readonly kills: number; readonly problems: readonly string[] };

/** More than that many kills in one life, and it gets nowhere. */
const MOST_KILLS = 120;

/**
 * Runs an operation that is killed again and again, each time a little further on, until it comes to its end. After each kill the operator does what
 * infra/README.md says, and whatever exists is known to the state, and the other way round.
 */
export async function killAgainAndAgain(
  project: Project,
  stack: string,
  operation: 'up' | 'destroy',
  world: World,
): Promise<Crashes> {
  for (let kills = 0; kills <= MOST_KILLS; kills += 1) {
    const outcome = await project.run(operation, { stack, ...world.arm() });
    world.disarm();
    if (outcome.exitCode === 0) {
      const problems = await unlikeWorld(project, stack, world);
      // What was removed leaves nothing to look at.
      if (operation === 'up') problems.push(...(await quiet(project, 'up', { stack })));
      if (operation === 'up') problems.push(...(await quiet(project, 'refresh', { stack })));
      return { kills, problems };
    }
    if (outcome.exitCode !== null) {
      return { kills, problems: [`after ${kills} kills it ended by itself:`, ...unlike(outcome, () => true)] };
    }
    const problems = await mend(project, stack, world);
    if (problems.length > 0) return { kills, problems: [`after ${kills + 1} kills:`, ...problems] };
  }
  return { kills: MOST_KILLS, problems: ['it has not come to an end'] };
}

/** What an operator does after an interrupted run. */
async function mend(project: Project, stack: string, world: World): Promise<string[]> {
  project.cancel(stack);
  const exported = project.exported(stack);
  const { resources = [], pending_operations: pending = [] } = exported.deployment;
  const known = new Set([...resources.map(({ urn }) => urn), ...pending.map(({ resource }) => resource.urn)]);
  const orphans = [...(await world.existing())].filter((urn) => !known.has(urn));
  if (orphans.length > 0) return orphans.map((urn) => `the state knows nothing of ${urn}`);
  if (pending.length === 0) return [];
  const ids = pending.flatMap(({ resource: { urn } }): [string, string][] => {
    const id = world.idOf(urn);
    return id === undefined ? [] : [[urn, id]];
  });
  project.importState(stack, adopt(exported, new Map(ids)).adopted);
  const refreshed = unlike(await project.run('refresh', { stack }), () => true);
  const left = project.state(stack).pending_operations ?? [];
  return [...refreshed, ...left.map(({ type, resource }) => `still ${type} ${resource.urn}`)];
}

/** What exists and is not in the state, and the other way round. */
async function unlikeWorld(project: Project, stack: string, world: World): Promise<string[]> {
  const { resources = [] } = project.state(stack);
  const state = new Set(resources.filter(isSomewhere).map(({ urn }) => urn));
  const existing = await world.existing();
  return [
    ...[...existing].filter((urn) => !state.has(urn)).map((urn) => `only in the world: ${urn}`),
    ...[...state].filter((urn) => !existing.has(urn)).map((urn) => `only in the state: ${urn}`),
  ];
}
