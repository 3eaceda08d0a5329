import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { alerts, recordings } from '../all.ts';
import { equivalents } from './equivalents.ts';
import { type Mutant, mutantsOf } from './mutants.ts';
import { type Batch, judge, type Variant } from './promtool.ts';
import { alertUnit, recordingUnit, type Unit } from './unit.ts';

export type Counts = { readonly lines: readonly string[]; readonly failed: number };

/** Rules that stand alone in a test of their own; those of the market are held to the calendar instead (calendar.ts). */
const units = (): readonly Unit[] => [
  ...recordings.filter(({ tests }) => tests.length > 0).map(recordingUnit),
  ...alerts.map(alertUnit),
];

/** Rules tested in one process. */
const TOGETHER = 24;

/** Every rule as it is, in all its tests. */
export async function testRules(folder: string, only: string | undefined): Promise<Counts> {
  const chosen = units().filter(({ id }) => only === undefined || id.startsWith(only));
  const failures: string[] = [];
  await inLanes(inParts(chosen, TOGETHER), async (part, index) => {
    const batches = part.map((unit) => ({ unit, variants: [{ name: unit.name, expr: unit.expr, for: unit.for }] }));
    const { wrong, refused, output } = await judge(join(folder, `rules-${index}`), batches);
    for (const complaints of wrong.values()) failures.push(...complaints);
    for (const name of refused) failures.push(`${name} could not be evaluated`);
    if (/FAILED|error/i.test(output) && wrong.size === 0 && refused.size === 0) failures.push(output);
  });
  const tests = chosen.reduce((sum, { cases }) => sum + cases.length, 0);
  const checks = chosen.reduce(
    (sum, { cases }) => sum + cases.reduce((all, { checks: some }) => all + some.length, 0),
    0,
  );
  return {
    lines: [...failures, `${chosen.length} rules, ${tests} tests, ${checks} checks, ${failures.length} failed`],
    failed: failures.length,
  };
}

/** Every rule with one thing changed: some test must notice. */
export async function testMutants(
  folder: string,
  only: string | undefined,
  tell: (line: string) => void,
): Promise<Counts> {
  const chosen = units().filter(({ id }) => only === undefined || id.startsWith(only));
  const all = chosen.map((unit) => ({ unit, mutants: mutantsOf(unit) }));
  const survivors: string[] = [];
  const used = new Set<string>();
  const total = all.reduce((sum, { mutants }) => sum + mutants.length, 0);
  let done = 0;
  const test = async (part: readonly Changed[], index: number): Promise<void> => {
    const killed = await kill(join(folder, `mutants-${index}`), part);
    for (const { unit, mutants } of part)
      for (const [number, mutant] of mutants.entries()) {
        if (killed.has(nameOf(unit, number))) continue;
        const proof = equivalents.find(({ rule, change }) => rule.test(unit.id) && change.test(mutant.what));
        if (proof) used.add(`${unit.id}: ${mutant.what}: ${proof.proof}`);
        else survivors.push(`survived  ${unit.id}  ${mutant.kind}  ${mutant.what}`);
      }
    done += part.reduce((sum, { mutants }) => sum + mutants.length, 0);
    tell(`mutants  ${done} of ${total}`);
  };
  await inLanes(inParts(all, 8), test);
  const meant = total - used.size;
  const score = ((100 * (meant - survivors.length)) / Math.max(1, meant)).toFixed(1);
  return {
    lines: [
      ...[...used].toSorted().map((line) => `equivalent  ${line}`),
      ...survivors.toSorted(),
      ...kinds(all.flatMap(({ mutants }) => mutants)),
      `${total} mutants, ${used.size} equivalent, ${meant - survivors.length} of ${meant} killed: ${score} %`,
    ],
    failed: survivors.length,
  };
}

type Changed = { readonly unit: Unit; readonly mutants: readonly Mutant[] };

async function kill(folder: string, part: readonly Changed[]): Promise<ReadonlySet<string>> {
  const killed = new Set<string>();
  // A rule that cannot be evaluated ends its test for all: it is dead, and the others are asked again without it.
  for (let round = 0; ; round += 1) {
    const batches = part.map(({ unit, mutants }): Batch => ({ unit, variants: variantsOf(unit, mutants, killed) }));
    const { wrong, refused } = await judge(
      `${folder}-${round}`,
      batches.filter(({ variants }) => variants.length > 0),
    );
    if (refused.size === 0) {
      for (const name of wrong.keys()) killed.add(name);
      return killed;
    }
    for (const name of refused) killed.add(name);
  }
}

function variantsOf(unit: Unit, mutants: readonly Mutant[], killed: ReadonlySet<string>): Variant[] {
  return mutants
    .map((mutant, number) => ({ name: nameOf(unit, number), expr: mutant.expr, for: mutant.for }))
    .filter(({ name }) => !killed.has(name));
}

/** No two rules have the same, though two have the same name. */
function nameOf(unit: Unit, number: number): string {
  return `${unit.name}__${unit.id.replaceAll(/\W/g, '')}_${number}`;
}

function kinds(mutants: readonly Mutant[]): string[] {
  const counts = Object.entries(Object.groupBy(mutants, ({ kind }) => kind));
  return [`mutants by kind: ${counts.map(([kind, of]) => `${kind} ${of.length}`).join(', ')}`];
}

/** A program at a time on each core: promtool works on one. */
async function inLanes<Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  const left = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of left) await work(item, index);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
}

function inParts<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
