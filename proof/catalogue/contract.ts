import { catalogue } from '../../backend/metrics/catalogue.ts';
import { type Family, labelsAtStart, rolesOf, seriesAtMost } from '../../backend/metrics/family.ts';
import { libraryFamilies } from '../../backend/metrics/library.ts';
import type { Role } from '../../backend/roles.ts';
import type { Page, Sample, ShownFamily } from './exposition.ts';

const families = new Map<string, Family>(Object.values<Family>(catalogue).map((family) => [family.name, family]));
const library = new Map<string, (typeof libraryFamilies)[number]>(
  libraryFamilies.map((family) => [family.name, family]),
);

/** What of a page that a process shows is not as the catalogue has it; empty where all is. */
export function breaches(page: Page, role: Role): string[] {
  const undeclared = [...page.keys()].filter((name) => !families.has(name) && !library.has(name));
  return [
    ...undeclared.map((name) => `${name} is shown and not declared`),
    ...[...families.values(), ...library.values()].flatMap((declared) => {
      const shown = page.get(declared.name);
      return shown === undefined ? [`${declared.name} is declared and not shown`] : headFaults(declared, shown);
    }),
    ...[...families.values()].flatMap((family) => {
      const shown = page.get(family.name);
      return shown === undefined ? [] : [...seriesFaults(family, shown), ...roleFaults(family, shown, role)];
    }),
    ...libraryFamilies.flatMap(({ name, labels }) =>
      (page.get(name)?.samples ?? []).flatMap((sample) => labelFaults(sample, name, labels)),
    ),
  ];
}

/** Families that the role has and of which there is no sample. */
export function absent(page: Page, role: Role): string[] {
  return [...families.values()]
    .filter((family) => rolesOf(family).includes(role) && samplesOf(page, family).length === 0)
    .map(({ name }) => name);
}

/** Counters and histograms that stand at zero on all of the pages. Gauges may come back to it. */
export function unmoved(pages: readonly Page[]): string[] {
  return [...families.values()]
    .filter(({ type }) => type !== 'gauge')
    .filter((family) => pages.every((page) => samplesOf(page, family).every(({ value }) => value === 0)))
    .map(({ name }) => name);
}

function samplesOf(page: Page, { name }: Family): readonly Sample[] {
  return page.get(name)?.samples ?? [];
}

type Head = Pick<Family, 'name' | 'type' | 'help'>;

function headFaults({ name, type, help }: Head, shown: ShownFamily): string[] {
  return [
    ...(shown.type === type ? [] : [`${name} is shown as a ${shown.type}, declared as a ${type}`]),
    ...(shown.help === help ? [] : [`${name} is shown with the help ${JSON.stringify(shown.help)}`]),
  ];
}

function seriesFaults(family: Family, { name, samples }: ShownFamily): string[] {
  const names = [...Object.keys(family.labels)];
  const most = seriesAtMost(family);
  return [
    ...samples.flatMap((sample) => [...labelFaults(sample, name, names), ...valueFaults(sample, family)]),
    ...(family.type === 'histogram' ? bucketFaults(family.buckets, samples, name) : []),
    ...missingZeros(family, samples),
    ...(samples.length > most ? [`${name} has ${samples.length} series, at most ${most} are estimated`] : []),
    ...Object.entries(family.labels).flatMap(([label, declared]) => {
      const values = new Set(samples.map(({ labels }) => labels[label]));
      return 'from' in declared && values.size > declared.atMost
        ? [`${name} has ${values.size} values of ${label}, at most ${declared.atMost} are estimated`]
        : [];
    }),
  ];
}

function labelFaults(sample: Sample, family: string, expected: readonly string[]): string[] {
  const wanted = sample.name === `${family}_bucket` ? [...expected, 'le'] : expected;
  const [has, should] = [Object.keys(sample.labels), wanted].map((names) => names.toSorted().join(', '));
  return has === should ? [] : [`${sample.name} has the labels ${has || 'none'}, declared are ${should || 'none'}`];
}

function valueFaults({ name, labels, value }: Sample, family: Family): string[] {
  const unlisted = Object.entries(family.labels).flatMap(([label, declared]) => {
    const given = labels[label];
    return 'from' in declared || given === undefined || declared.includes(given)
      ? []
      : [`${name} has ${label}="${given}", which is not listed`];
  });
  const falls = family.type === 'counter' && !(value >= 0) ? [`${name} is ${value}, a counter is not`] : [];
  return [...unlisted, ...falls];
}

function bucketFaults(declared: readonly number[], samples: readonly Sample[], name: string): string[] {
  const wanted = [...declared.map(String), '+Inf'].join(' ');
  const shown = Map.groupBy(
    samples.filter((sample) => sample.name === `${name}_bucket`),
    ({ labels: { le: _, ...others } }) => JSON.stringify(others),
  );
  return [...shown]
    .filter(([, buckets]) => buckets.map(({ labels }) => labels['le']).join(' ') !== wanted)
    .map(([labels]) => `${name} has other buckets than declared at ${labels}`);
}

/** Counted from the start, or a rate over nothing would be absent and not zero. */
function missingZeros(family: Family, samples: readonly Sample[]): string[] {
  const isThere = (labels: Readonly<Record<string, string>>): boolean =>
    samples.some((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value));
  return labelsAtStart(family)
    .filter((labels) => !isThere(labels))
    .map((labels) => `${family.name} has no ${JSON.stringify(labels)} from the start`);
}

function roleFaults(family: Family, { name, samples }: ShownFamily, role: Role): string[] {
  const speaks = samples.find(({ value }) => value !== 0);
  return rolesOf(family).includes(role) || speaks === undefined
    ? []
    : [`${name} says something in role ${role}, declared are ${rolesOf(family).join(', ')}`];
}
