import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

const HELP = `Reads the state of a stack whose last run was interrupted, and prints it with what that run had begun to make: each such resource is taken for
made, under its id, so that the next refresh asks for it, and forgets it where it is not there after all. The engine itself forgets all of them.

Usage: pulumi stack export | npm run --silent infra:adopt -- [--id URN=ID]... > state.json
       pulumi stack import --file state.json && pulumi refresh

An object of Kubernetes needs no --id, since its id is its name. Whatever else there is is named, with its inputs, until it has one; an empty ID
says that it was not made.

Exit code: 0 nothing that was begun is left, 1 the id of something is missing, 2 what came is no state or an --id no pair.`;

type Values = { readonly [key: string]: unknown };

/** A resource as a state has it; what is not read here is kept as it is. */
export type Stored = {
  readonly urn: string;
  readonly type?: string;
  readonly custom?: boolean;
  readonly id?: string;
  readonly inputs?: Values;
  readonly [key: string]: unknown;
};

export type Deployment = {
  readonly resources?: readonly Stored[];
  readonly pending_operations?: readonly { readonly resource: Stored; readonly type: string }[];
  readonly [key: string]: unknown;
};

/** What `pulumi stack export` prints. */
export type Exported = { readonly version: number; readonly deployment: Deployment };

if (import.meta.main) process.exitCode = main(process.argv.slice(2), await text(process.stdin));

function main(args: string[], input: string): 0 | 1 | 2 {
  const options = { id: { type: 'string', multiple: true }, help: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) return said(`${HELP}\n`, process.stdout, 0);
  const state = stateOf(input);
  if (state === null)
    return said('What came is no state: expected the output of pulumi stack export\n', process.stderr, 2);
  const wrong = (values.id ?? []).find((pair) => !pair.includes('='));
  if (wrong !== undefined) return said(`--id is ${JSON.stringify(wrong)}, expected URN=ID\n`, process.stderr, 2);
  const ids = new Map(
    (values.id ?? []).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  const { adopted, unknown } = adopt(state, ids);
  process.stdout.write(`${JSON.stringify(adopted)}\n`);
  const lines = unknown.map(
    ({ urn, inputs }) => `${urn} was begun with ${JSON.stringify(inputs ?? {}).slice(0, 300)}: --id URN=ID\n`,
  );
  return said(lines.join(''), process.stderr, unknown.length === 0 ? 0 : 1);
}

/**
 * A state in which what was begun to be made is there, by its id out of `ids` or, of Kubernetes, its name; and what has none, which stays as it was.
 * What exists nowhere but in the state, such as a component, is to be begun again.
 */
export function adopt(
  exported: Exported,
  ids: ReadonlyMap<string, string>,
): { readonly adopted: Exported; readonly unknown: readonly Stored[] } {
  const { resources = [], pending_operations: pending = [] } = exported.deployment;
  const there = new Set(resources.map(({ urn }) => urn));
  const idOf = (resource: Stored) => ids.get(resource.urn) ?? (isSomewhere(resource) ? nameInCluster(resource) : '');
  const begun = pending.filter(({ type }) => type === 'creating').map(({ resource }) => resource);
  const unknown = begun.filter((resource) => idOf(resource) === undefined);
  const made = begun.flatMap((resource) => {
    const id = idOf(resource);
    return !id || there.has(resource.urn) ? [] : [{ ...resource, id, outputs: {} }];
  });
  const left = pending.filter(({ type, resource }) => type !== 'creating' || unknown.includes(resource));
  const deployment = { ...exported.deployment, resources: [...resources, ...made], pending_operations: left };
  return { adopted: { ...exported, deployment }, unknown };
}

/** Whether a resource is something beside the state, as a component and a provider are not. */
export function isSomewhere({ custom, type = '' }: Pick<Stored, 'custom' | 'type'>): boolean {
  return custom === true && !type.startsWith('pulumi:');
}

/** What the provider of Kubernetes calls an object; undefined for anything else. */
function nameInCluster({ type = '', inputs = {} }: Stored): string | undefined {
  if (!type.startsWith('kubernetes:')) return undefined;
  const { name, namespace } = (inputs['metadata'] ?? {}) as { name?: unknown; namespace?: unknown };
  if (typeof name !== 'string') return undefined;
  return typeof namespace === 'string' ? `${namespace}/${name}` : name;
}

function stateOf(input: string): Exported | null {
  try {
    const state = JSON.parse(input) as Partial<Exported> | null;
    return state?.deployment && state.version ? (state as Exported) : null;
  } catch {
    return null;
  }
}

function said(text: string, where: NodeJS.WriteStream, code: 0 | 1 | 2): 0 | 1 | 2 {
  where.write(text);
  return code;
}
