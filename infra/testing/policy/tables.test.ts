import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cloudSql, kubernetesEngine } from '../../policy/benchmarks.ts';
import { type Guard, type Guarded, pitfalls } from '../../policy/guards.ts';
import { subjects } from '../../policy/rules.ts';
import { mutants } from './mutants.ts';

const repository = join(import.meta.dirname, '../../..');
const page = (name: string) => join(repository, 'infra/policy', name);
const names = Object.values(subjects).flatMap((rules) => rules.map(({ name }) => name));

it('RULES.md says the rules as they are', async () => {
  await expect(rulesPage()).toMatchFileSnapshot(page('RULES.md'));
});

it('PITFALLS.md says what guards against each, as it is', async () => {
  await expect(pitfallsPage()).toMatchFileSnapshot(page('PITFALLS.md'));
});

it('BENCHMARKS.md says what guards each item, as it is', async () => {
  await expect(benchmarksPage()).toMatchFileSnapshot(page('BENCHMARKS.md'));
});

it('no pitfall is there twice, and none is left out of those that were found', () => {
  expect(new Set(pitfalls.map(({ what }) => what)).size).toBe(34);
});

it('every guard that a table names is there', () => {
  const tables = [...pitfalls, ...kubernetesEngine, ...cloudSql];
  const missing = tables.flatMap(({ what, guards }) =>
    guards.flatMap((guard) => (exists(guard) ? [] : [`${what}: ${toldOf(guard)}`])),
  );
  expect(missing).toEqual([]);
  expect(tables.filter(({ guards }) => guards.length === 0)).toEqual([]);
});

function exists(guard: Guard): boolean {
  if ('rule' in guard) return names.includes(guard.rule);
  if ('test' in guard) return readFileSync(join(repository, guard.test), 'utf8').includes(guard.says);
  return guard.nothing !== '';
}

function toldOf(guard: Guard): string {
  if ('rule' in guard) return `rule \`${guard.rule}\``;
  if ('test' in guard) return `[${guard.says}](../../${guard.test})`;
  return `nothing here: ${guard.nothing}`;
}

function rulesPage(): string {
  const all = Object.values(subjects).flat();
  const mistakes = Object.values(mutants).flat().length;
  return [
    '# Rules of the policy pack',
    '',
    `${all.length} rules. For each there are mistakes, made in stacks of our own, that it alone catches: ${mistakes} in all. Written by`,
    '`npx vitest run infra/testing/policy -u` out of [rules/](rules/).',
    ...Object.entries(subjects).flatMap(([subject, rules]) => [
      '',
      `## ${subject}`,
      '',
      '| rule | what | why | where it is written | fix | mistakes |',
      '|---|---|---|---|---|---|',
      ...rules.map(({ name, what, why, source, fix }) =>
        row([`\`${name}\``, what, why, source, fix, String(mutants[name]?.length ?? 0)]),
      ),
    ]),
    '',
  ].join('\n');
}

function benchmarksPage(): string {
  const table = (rows: readonly Guarded[]) => [
    '| item | what it asks for | guard |',
    '|---|---|---|',
    ...rows.map(({ what, source, guards }) => row([source, what, guards.map(toldOf).join('<br>')])),
  ];
  return [
    '# Benchmarks, and what guards each item',
    '',
    'Items by number, in our own words. Written by `npx vitest run infra/testing/policy -u` out of [benchmarks.ts](benchmarks.ts); a test looks',
    'whether each rule and test is there.',
    '',
    '## CIS Google Kubernetes Engine Benchmark 1.9.0',
    '',
    ...table(kubernetesEngine),
    '',
    '## CIS Google Cloud Platform Foundation Benchmark, 6: Cloud SQL for PostgreSQL',
    '',
    ...table(cloudSql),
    '',
  ].join('\n');
}

function pitfallsPage(): string {
  const lines = pitfalls.map(({ what, source, guards }) => row([what, source, guards.map(toldOf).join('<br>')]));
  return [
    '# Pitfalls, and what guards against them',
    '',
    'What went wrong for others with the resources that this program makes. Written by `npx vitest run infra/testing/policy -u` out of',
    '[guards.ts](guards.ts); a test looks whether each rule and test is there.',
    '',
    '| pitfall | where it happened | guard |',
    '|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
