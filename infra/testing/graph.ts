import type { Captured } from './engine/captured.ts';
import { isObject, type Json, type JsonObject } from './engine/values.ts';

/** A graph as text: for each resource its type and name, then a line for each input and option, the deepest values told by their path. */
export function render(resources: readonly Captured[]): string {
  const blocks = [...describe(resources)].map(([title, lines]) =>
    [title, ...lines.map((line) => `  ${line}`)].join('\n'),
  );
  return `${blocks.join('\n\n')}\n`;
}

type Graph = { readonly resources: readonly Captured[]; readonly normal: (line: string) => string };

/** How one graph differs from another, both in a normal form: resources that came (+), went (-) or changed (~), and their lines. */
export function difference(from: Graph, to: Graph): string {
  const [before, after] = [from, to].map(({ resources, normal }) => describe(resources, normal)) as [
    Described,
    Described,
  ];
  const titles = [...new Set([...before.keys(), ...after.keys()])].sort();
  const blocks = titles.flatMap((title) => {
    const [old, now] = [before.get(title), after.get(title)];
    if (!now) return [`- ${title}`];
    const added = now.filter((line) => !old?.includes(line)).map((line) => `    + ${line}`);
    const removed = (old ?? []).filter((line) => !now.includes(line)).map((line) => `    - ${line}`);
    if (old && added.length + removed.length === 0) return [];
    return [[`${old ? '~' : '+'} ${title}`, ...removed, ...added].join('\n')];
  });
  return `${blocks.join('\n')}\n`;
}

/**
 * What one rendered graph has under another name than the one before, with no alias that says so: the engine would delete the one and make the
 * other. Only resources that are alike to the last line are taken for the same.
 */
export function renamedWithoutAlias(before: string, after: string): string[] {
  const [old, now] = [blocksOf(before), blocksOf(after)];
  const gone = [...old].filter(([title]) => !now.has(title));
  return [...now].flatMap(([title, lines]) => {
    if (old.has(title)) return [];
    const was = gone.find(([other, otherLines]) => kindOf(other) === kindOf(title) && otherLines === lines);
    return was === undefined ? [] : [`${was[0]} is now called ${title}, without an alias`];
  });
}

/** By title its lines, without what a rename changes by itself. */
function blocksOf(graph: string): Map<string, string> {
  const blocks = graph.split('\n\n').map((block) => block.trim().split('\n'));
  return new Map(blocks.map(([title = '', ...lines]) => [title, lines.join('\n')]));
}

const kindOf = (title: string) => title.slice(0, title.indexOf(' '));

type Described = ReadonlyMap<string, readonly string[]>;

function describe(resources: readonly Captured[], normal = (line: string) => line): Described {
  return new Map(resources.map((resource) => [titleOf(resource.urn), linesOf(resource).map(normal)]));
}

function linesOf({ type, inputs, options }: Captured): string[] {
  const { parent, provider, ...rest } = options;
  return [
    ...leaves('', withoutFiles(type, inputs)),
    ...(parent === undefined || isStack(parent) ? [] : [`@parent ${titleOf(parent)}`]),
    ...(provider === undefined ? [] : [`@provider ${titleOf(provider)}`]),
    ...Object.entries(rest).flatMap(([option, value]) => leaves(`@${option}`, short(value as Json))),
  ];
}

/** What is read from files that others write and review stands there: here, only that it is read. */
function withoutFiles(type: string, inputs: JsonObject): JsonObject {
  const generated = /^kubernetes:monitoring\.googleapis\.com\/v1:(Cluster|Global)?Rules$/.test(type);
  if (generated || type.endsWith(':CustomResourceDefinition')) return { ...inputs, spec: 'as its file says' };
  const [map] = Object.entries(isObject(inputs['data'] ?? null) ? (inputs['data'] as JsonObject) : {});
  return map?.[0].endsWith('.json') && type.endsWith(':ConfigMap')
    ? { ...inputs, data: { [map[0]]: 'as its file says' } }
    : inputs;
}

function leaves(path: string, value: Json): string[] {
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return [`${path} ${JSON.stringify(value)}`];
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(`${path}[${index}]`, item));
  if (isObject(value) && Object.keys(value).length > 0) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.flatMap(([key, inner]) => leaves(path === '' ? key : `${path}.${key}`, inner));
  }
  return [`${path} ${JSON.stringify(value)}`];
}

/** URNs inside options, as the titles that a reader finds in the same file. */
function short(value: Json): Json {
  if (typeof value === 'string') return value.startsWith('urn:pulumi:') ? titleOf(value) : value;
  if (Array.isArray(value)) return value.map(short);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, short(inner)])) : value;
}

/** The last type and the name: `gcp:compute/network:Network network`. */
export function titleOf(urn: string): string {
  const [, , types = '', name = ''] = urn.split('::');
  return `${types.slice(types.lastIndexOf('$') + 1)} ${name}`;
}

const isStack = (urn: string) => titleOf(urn).startsWith('pulumi:pulumi:Stack ');
