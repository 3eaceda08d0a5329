import aliases from '@pulumi/pulumi/proto/alias_pb.js';
import protocol from '@pulumi/pulumi/proto/resource_pb.js';
import struct from 'google-protobuf/google/protobuf/struct_pb.js';
import { type Captured, capture } from './captured.ts';
import { isObject, type Json, type JsonObject, mapSecrets } from './values.ts';

/** What the real engine was asked for one resource, as its trace (PULUMI_DEBUG_GRPC) writes it, and the URN that it gave it. */
export type Traced = { readonly request: JsonObject; readonly urn: string };

type Line = { readonly method: string; readonly request: JsonObject; readonly response?: JsonObject };

/** Of a trace, one call a line, all registrations that were answered: without the places in files that they came from, without secrets. */
export function registrationsOf(trace: string): Traced[] {
  const calls = trace.split('\n').filter((line) => line !== '');
  return calls.flatMap((text) => {
    const { method, request, response } = JSON.parse(text) as Line;
    if (!method.endsWith('/RegisterResource') || response === undefined) return [];
    const { sourcePosition: _at, stackTrace: _through, ...rest } = request;
    return [{ request: mapSecrets(rest, () => BLANK) as JsonObject, urn: String(response['urn']) }];
  });
}

/** Stands for every secret. */
export const BLANK = 'blanked';

/** What the harness would have captured of this registration. */
export function capturedOf({ request, urn }: Traced): Captured {
  return capture(messageOf(request), urn, '');
}

/** What a program told, without what it was answered (ids, of which those of providers are another in every run) and without what is secret. */
export function comparable({ id: _answered, ...resource }: Captured): Omit<Captured, 'id'> {
  const { provider, ...rest } = resource.options;
  const options = provider === undefined ? rest : { ...rest, provider: provider.replace(/::[^:]*$/, '') };
  return { ...resource, inputs: mapReadableSecrets(resource.inputs) as JsonObject, options };
}

function mapReadableSecrets(value: Json): Json {
  if (Array.isArray(value)) return value.map(mapReadableSecrets);
  if (!isObject(value)) return value;
  if ('secret' in value && Object.keys(value).length === 1) return { secret: BLANK };
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapReadableSecrets(inner)]));
}

/** The message that was sent; what a trace leaves out is what the protocol has by default. */
function messageOf(request: JsonObject): protocol.RegisterResourceRequest {
  const message = new protocol.RegisterResourceRequest();
  const text = (name: string) => String(request[name] ?? '');
  const texts = (name: string) => ((request[name] ?? []) as readonly Json[]).map(String);
  message.setType(text('type')).setName(text('name')).setParent(text('parent')).setProvider(text('provider'));
  message
    .setCustom(request['custom'] === true)
    .setDeletedwith(text('deletedWith'))
    .setImportid(text('importId'));
  message.setObject(struct.Struct.fromJavaScript((request['object'] ?? {}) as Record<string, never>));
  message.setDependenciesList(texts('dependencies')).setIgnorechangesList(texts('ignoreChanges'));
  message.setReplaceonchangesList(texts('replaceOnChanges'));
  message.setAdditionalsecretoutputsList(texts('additionalSecretOutputs'));
  message.setProtect(request['protect'] === true).setRetainondelete(request['retainOnDelete'] === true);
  message.setDeletebeforereplace(request['deleteBeforeReplace'] === true);
  message.setDeletebeforereplacedefined(request['deleteBeforeReplaceDefined'] === true);
  message.setAliasesList(((request['aliases'] ?? []) as readonly JsonObject[]).map(aliasOf));
  const timeouts = (request['customTimeouts'] ?? {}) as { [operation in 'create' | 'update' | 'delete']?: string };
  const times = new protocol.RegisterResourceRequest.CustomTimeouts();
  times
    .setCreate(timeouts.create ?? '')
    .setUpdate(timeouts.update ?? '')
    .setDelete(timeouts.delete ?? '');
  message.setCustomtimeouts(times);
  for (const [input, dependency] of Object.entries((request['propertyDependencies'] ?? {}) as JsonObject)) {
    const entry = new protocol.RegisterResourceRequest.PropertyDependencies();
    entry.setUrnsList(((dependency as { readonly urns?: readonly string[] }).urns ?? []).map(String));
    message.getPropertydependenciesMap().set(input, entry);
  }
  return message;
}

function aliasOf(alias: JsonObject): InstanceType<typeof aliases.Alias> {
  const message = new aliases.Alias();
  const spec = alias['spec'];
  if (spec === undefined || !isObject(spec)) return message.setUrn(String(alias['urn'] ?? ''));
  const text = (name: string) => String(spec[name] ?? '');
  const made = new aliases.Alias.Spec();
  made.setName(text('name')).setType(text('type')).setStack(text('stack')).setProject(text('project'));
  if (spec['noParent'] === true) made.setNoparent(true);
  else if (text('parentUrn') !== '') made.setParenturn(text('parentUrn'));
  return message.setSpec(made);
}
