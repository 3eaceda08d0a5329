import type * as protocol from '@pulumi/pulumi/proto/resource_pb.js';
import { type Json, type JsonObject, readable } from './values.ts';

/** One resource as the program registered it: what the engine would have been told, in a form to compare and to read. */
export type Captured = {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** False for a component, which groups others and exists nowhere. */
  readonly custom: boolean;
  readonly id: string;
  /** With secrets marked, see `readable`. */
  readonly inputs: JsonObject;
  readonly options: Options;
  /** For each input, the resources whose outputs it was made of. */
  readonly inputDependencies: { readonly [input: string]: readonly string[] };
};

/** Only what was set. References are URNs; those of providers have `::id` at the end. */
export type Options = {
  readonly parent?: string;
  readonly provider?: string;
  readonly dependsOn?: readonly string[];
  readonly protect?: true;
  readonly ignoreChanges?: readonly string[];
  readonly deletedWith?: string;
  readonly aliases?: readonly Json[];
  readonly customTimeouts?: JsonObject;
  readonly replaceOnChanges?: readonly string[];
  readonly additionalSecretOutputs?: readonly string[];
  readonly retainOnDelete?: true;
  readonly deleteBeforeReplace?: boolean;
  readonly import?: string;
};

/** Reads the request of a registration. */
export function capture(request: protocol.RegisterResourceRequest, urn: string, id: string): Captured {
  const inputDependencies: Record<string, readonly string[]> = {};
  for (const [input, { urns }] of dependenciesOf(request)) if (urns.length > 0) inputDependencies[input] = urns;
  return {
    urn,
    id,
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs: readable(objectOf(request)) as JsonObject,
    options: optionsOf(request, new Set(Object.values(inputDependencies).flat())),
    inputDependencies,
  };
}

/** The inputs as they travel. */
export function objectOf(request: protocol.RegisterResourceRequest): JsonObject {
  return (request.getObject()?.toJavaScript() ?? {}) as JsonObject;
}

function dependenciesOf(request: protocol.RegisterResourceRequest): [string, { urns: string[] }][] {
  const found: [string, { urns: string[] }][] = [];
  request.getPropertydependenciesMap().forEach((entry, input) => {
    found.push([input, { urns: entry.getUrnsList().toSorted() }]);
  });
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}

// The list of a request holds also what its inputs depend on; `dependsOn` is what remains without that.
function optionsOf(request: protocol.RegisterResourceRequest, implied: ReadonlySet<string>): Options {
  const timeouts = request.getCustomtimeouts();
  const all = {
    parent: request.getParent(),
    provider: request.getProvider(),
    dependsOn: request
      .getDependenciesList()
      .filter((urn) => !implied.has(urn))
      .sort(),
    protect: request.getProtect() === true,
    ignoreChanges: request.getIgnorechangesList(),
    deletedWith: request.getDeletedwith(),
    aliases: request.getAliasesList().map(aliasOf),
    customTimeouts:
      timeouts && set({ create: timeouts.getCreate(), update: timeouts.getUpdate(), delete: timeouts.getDelete() }),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    retainOnDelete: request.getRetainondelete() === true,
    deleteBeforeReplace: request.getDeletebeforereplacedefined() && request.getDeletebeforereplace(),
    import: request.getImportid(),
  };
  return set(all) as Options;
}

function aliasOf(alias: ReturnType<protocol.RegisterResourceRequest['getAliasesList']>[number]): Json {
  const spec = alias.getSpec();
  if (!spec) return alias.getUrn();
  const { noparent, ...rest } = spec.toObject();
  return set({ ...rest, noParent: noparent ?? false }) as Json;
}

function set(options: Readonly<Record<string, unknown>>): JsonObject {
  const meant = Object.entries(options).filter(
    ([, value]) => value !== undefined && value !== '' && value !== false && !isEmpty(value),
  );
  return Object.fromEntries(meant) as JsonObject;
}

const isEmpty = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length === 0;
