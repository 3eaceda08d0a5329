import { beforeAll, describe, expect, it } from 'vitest';
import { type Seen, violations } from '../../policy/rule.ts';
import { rules } from '../../policy/rules.ts';
import { changed } from '../changed.ts';
import { titleOf } from '../graph.ts';
import { runStack } from '../stacks.ts';
import { startAnalyzer } from './analyzer.ts';
import { type Mutant, mutants } from './mutants.ts';
import { seenOf } from './seen.ts';

/** Those that mistakes are made in; that no stack breaks a rule is seen where all of them are run. */
const stacks = ['production', 'dev'] as const;
const graphs = new Map<string, readonly Seen[]>();

beforeAll(async () => {
  await Promise.all(
    stacks.map(async (stack) => {
      const { exitCode, output, resources } = await runStack(stack);
      if (exitCode !== 0) throw new Error(`${stack} was not run to its end: ${output}`);
      graphs.set(stack, seenOf(resources));
    }),
  );
}, 600_000);

function graph(name: string): readonly Seen[] {
  const found = graphs.get(name);
  if (!found) throw new Error(`${name} was not run`);
  return found;
}

const caught = (stack: readonly Seen[]) => [...new Set(violations(rules, stack).map(({ rule }) => rule.name))];

it('no two rules have the same name, and each has mistakes to catch', () => {
  const names = rules.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect(Object.keys(mutants).toSorted()).toEqual(names.toSorted());
});

describe.each(Object.entries(mutants))('%s', (rule, mistakes) => {
  it.each(mistakes.map((mutant) => [describeMutant(mutant), mutant] as const))('alone catches %s', (_, mutant) => {
    expect(caught(mutate(graph(mutant.stack ?? 'production'), mutant))).toEqual([rule]);
  });
});

it('the pack that the engine starts knows every rule that it can, and judges as they do', async () => {
  await using analyzer = await startAnalyzer();
  const told = rules.filter(({ program }) => program !== true).map(({ name }) => name);
  expect((await analyzer.policies()).toSorted()).toEqual(told.toSorted());
  expect(await analyzer.judge(graph('production'))).toEqual([]);
  for (const rule of ['database-known-version', 'data-is-locked-altogether', 'cluster-default-pool-is-not-compared']) {
    const [mutant] = mutants[rule] ?? [];
    const found = await analyzer.judge(mutate(graph('production'), mutant ?? {}));
    expect(found.map((line) => line.split(': ')[0])).toEqual([rule]);
  }
});

/** A stack with one mistake; throws where the mistake is none, because there is nothing to make it in. */
function mutate(stack: readonly Seen[], { of, change = {}, options = {}, add, without }: Mutant): readonly Seen[] {
  const titled = (title: string) => {
    const found = stack.find(({ urn }) => titleOf(urn) === title);
    if (!found) throw new Error(`the stack has no ${title}`);
    return found;
  };
  if (add) return [...stack, resource(stack, ...add)];
  if (without !== undefined) return stack.filter((seen) => seen !== titled(without));
  const target = titled(String(of));
  const spoilt = { ...target, ...options, props: changed(target.props, change) };
  expect(spoilt, 'a mutant differs').not.toEqual(target);
  return stack.map((seen) => (seen === target ? spoilt : seen));
}

/** With the options that every resource of ours has, so that only what it is can be wrong. */
function resource(stack: readonly Seen[], type: string, props: Seen['props']): Seen {
  const cluster = stack.find((seen) => seen.type === 'gcp:container/cluster:Cluster');
  const urn = `urn:pulumi:production::heliograph::${type}::spoilt`;
  const [protect, provider] = [false, cluster?.provider];
  return { urn, type, name: 'spoilt', props, protect, ignoreChanges: [], deletedWith: cluster?.urn, provider };
}

function describeMutant({ of, change, options, add, without, stack }: Mutant): string {
  const what = add ? `a ${add[0]}` : `${of ?? without}`;
  const how = without !== undefined ? 'gone' : JSON.stringify(change ?? options ?? add?.[1]);
  return `${what}: ${how}${stack === undefined ? '' : `, in ${stack}`}`;
}
