import type { Tally } from '../kubernetes/tally.ts';
import { exampleOf, runStack } from '../stacks.ts';
import type { Row } from '../verify/table.ts';
import { StandIn } from './provider.ts';
import type { Project } from './pulumi.ts';
import { rowOf } from './rows.ts';
import { type Check, inOrder, makesAll, openProject, quiet, settings, unlike } from './stack.ts';
import { anotherThreshold } from './threshold.ts';

/** The providers that stacks on Google Cloud have. */
const packages = ['gcp', 'kubernetes'] as const;
const RUNG = 'rung c: provider of our own';

/**
 * Stacks on Google Cloud by the real engine, with a provider in this process that takes everything: that the engine accepts each registration, knows
 * an order in which to make and to remove all of it, and finds nothing to do the second time. It shows nothing of what Google would say.
 */
export async function wholeLives(newTally: () => Tally, stacks: readonly string[]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const stack of stacks) rows.push(await wholeLife(stack, newTally()));
  return rows;
}

async function wholeLife(stack: string, tally: Tally): Promise<Row> {
  const { resources } = await runStack(stack);
  await using provider = await StandIn.start();
  using project = openProject({ PULUMI_DEBUG_PROVIDERS: provider.attached(packages) });
  const run = { stack };
  project.makeStack(stack, settings(exampleOf(stack)));
  const locked = resources.some(({ options }) => options.protect === true);
  const refusal: Check[] = locked
    ? [['destroy is refused while it is locked', () => refusedDestroy(project, provider, stack)]]
    : [];
  const another = 'another threshold is one other object of rules, and the dashboard that draws it';
  // Every stack has the same rules.
  const threshold: Check[] = stack === 'dev' ? [[another, () => anotherThreshold(project, stack)]] : [];
  await inOrder(tally, stack, [
    [`up makes all ${resources.length} resources, and no other`, () => makesAll(project, stack, resources)],
    ['a second up changes nothing', () => quiet(project, 'up', run)],
    ['refresh changes nothing', () => quiet(project, 'refresh', run)],
    ...threshold,
    ...refusal,
    ['destroy goes in one pass once it is unlocked', () => unlockedDestroy(project, stack)],
  ]);
  return rowOf(`${stack}, ${RUNG}`, resources.length, tally);
}

async function unlockedDestroy(project: Project, stack: string): Promise<string[]> {
  project.configure(stack, settings({ ...exampleOf(stack), 'heliograph:unlock': 'true' }));
  const unlocked = unlike(await project.run('up', { stack }), (op) => op === 'update');
  const gone = unlike(await project.run('destroy', { stack }), (op) => op === 'delete');
  // What goes with what holds it is forgotten without being asked for, so the state alone says what is left.
  const left = (project.state(stack).resources ?? []).map(({ urn }) => `the state still has ${urn}`);
  return [...unlocked, ...gone, ...left];
}

/** As an operator does it: the engine shows first what it would do, and meets the locks before anything has gone. */
async function refusedDestroy(project: Project, provider: StandIn, stack: string): Promise<string[]> {
  const before = provider.made.size;
  const { exitCode, output } = await project.run('destroy', { stack, previewFirst: true });
  const said = /protect/.test(output) ? [] : [`it did not say why: ${output.slice(-500)}`];
  const held = provider.made.size === before ? [] : [`${before - provider.made.size} resources are gone`];
  return exitCode === 0 ? ['it went', ...held] : [...said, ...held];
}
