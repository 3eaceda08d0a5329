import type { Json, JsonObject } from '../engine/values.ts';
import { isObject } from '../engine/values.ts';
import { done } from './operations.ts';
import { at, camel, filled, merged, withAt, withoutNull } from './paths.ts';
import type { Attempt, Call, Collection, Style } from './product.ts';
import { notFound, Refusal } from './refusal.ts';

type What = 'create' | 'update' | 'delete';

const DAY_MS = 86_400_000;

/** Makes, reads, changes, lists or takes away a resource of a collection; `id` is null where the address is the collection's. */
export function carryOut(call: Call, collection: Collection, id: string | null): Json {
  const { method } = call;
  if (id === null) {
    if (method === 'POST') return create(call, collection, idOf(call, collection));
    if (method === 'GET') return list(call, collection);
  } else {
    if (method === 'GET') return told(collection, read(call, fullName(call)));
    if (method === 'DELETE') return remove(call, collection);
    if (method === 'PATCH' || method === 'PUT') return change(call, collection);
  }
  throw new Refusal(501, `${method} ${call.path} is not played here`);
}

/** Makes a resource, after its rules. */
export function create(call: Call, collection: Collection, id: string): JsonObject {
  const { cloud, product, query } = call;
  const path = `${call.path}/${id}`;
  const name = `//${product.host}/${path}`;
  if (cloud.get(name) !== undefined) throw new Refusal(409, `Resource '${path}' already exists`, 'alreadyExists');
  const { wrapped } = collection;
  const said = withoutNull(wrapped === undefined ? call.body : asObject(call.body[wrapped]));
  const resource = filled({ ...collection.defaults }, { ...said, name: named(call, collection, path, id) });
  refuseName(call, collection, name);
  const attempt: Attempt = { cloud, name, resource, before: null, query };
  refuse('create', collection, attempt);
  return keep('create', { ...call, path }, collection, attempt);
}

/** Puts what is asked for in the place of what was there, after its rules. */
export function replace(call: Call, collection: Collection, resource: JsonObject): JsonObject {
  const { cloud, query } = call;
  const name = fullName(call);
  const before = read(call, name);
  const attempt: Attempt = { cloud, name, resource: { ...resource, name: before['name'] ?? '' }, before, query };
  refuseImmutable(collection, attempt);
  refuse('update', collection, attempt);
  return keep('update', call, collection, attempt);
}

function change(call: Call, collection: Collection): JsonObject {
  const before = read(call, fullName(call));
  const said = collection.wrapped === undefined ? call.body : asObject(call.body[collection.wrapped] ?? call.body);
  const mask = call.query.get('updateMask') ?? call.query.get('update_mask') ?? textOf(call.body['updateMask']);
  if (mask === '')
    return replace(call, collection, call.method === 'PUT' ? { ...before, ...said } : merged(before, said));
  const fields = mask.split(',').map((field) => camel(field.trim()));
  return replace(
    call,
    collection,
    fields.reduce((changed, field) => withAt(changed, field, at(said, field) ?? undefined), before),
  );
}

function remove(call: Call, collection: Collection): JsonObject {
  const { cloud, product, path, query } = call;
  const name = fullName(call);
  const resource = read(call, name);
  const attempt: Attempt = { cloud, name, resource, before: resource, query };
  refuse('delete', collection, attempt);
  cloud.remove(name);
  collection.after?.('delete', attempt);
  return done(styleOf(call, collection), { cloud, product, what: 'delete', path, resource });
}

function list(call: Call, collection: Collection): JsonObject {
  const prefix = `${fullName(call)}/`;
  const found = call.cloud.below(prefix).filter(([name]) => !name.slice(prefix.length).includes('/'));
  const field = collection.list ?? collection.path.slice(collection.path.lastIndexOf('/') + 1);
  return { [field]: found.map(([, resource]) => told(collection, resource)) };
}

function keep(what: 'create' | 'update', call: Call, collection: Collection, attempt: Attempt): JsonObject {
  const { cloud, product, path } = call;
  const kept = withoutNull({ ...attempt.resource, ...collection.outputs?.(attempt) });
  cloud.resources.set(attempt.name, kept);
  collection.after?.(what, { ...attempt, resource: kept });
  return done(styleOf(call, collection), { cloud, product, what, path, resource: told(collection, kept) });
}

function refuse(what: What, { rules = {} }: Collection, attempt: Attempt): void {
  for (const { on, refuses, status = 400, reason } of Object.values(rules)) {
    const message = on.includes(what) ? refuses(attempt) : null;
    if (message !== null) throw new Refusal(status, message, reason);
  }
}

function refuseImmutable({ immutable, path }: Collection, { before, resource }: Attempt): void {
  for (const field of immutable?.fields ?? [])
    if (JSON.stringify(at(before ?? {}, field)) !== JSON.stringify(at(resource, field)))
      throw new Refusal(400, `${field} of ${path.slice(path.lastIndexOf('/') + 1)} is immutable and cannot be changed`);
}

function refuseName({ cloud }: Call, { nameKept }: Collection, name: string): void {
  const went = cloud.gone.get(name);
  if (nameKept === undefined || went === undefined || cloud.now() - went >= nameKept.days * DAY_MS) return;
  throw new Refusal(409, `'${name}' was deleted, and its name cannot be had again yet`, 'alreadyExists');
}

/** What is at a full name; refuses where nothing is. */
export function read({ cloud }: Pick<Call, 'cloud'>, name: string): JsonObject {
  const found = cloud.get(name);
  if (found === undefined) throw notFound(name);
  return found;
}

function told({ secret = [] }: Collection, resource: JsonObject): JsonObject {
  return secret.reduce((object, field) => withAt(object, field, undefined), resource);
}

export const fullName = ({ product, path }: Pick<Call, 'product' | 'path'>) => `//${product.host}/${path}`;

function idOf(call: Call, { id }: Collection): string {
  if (typeof id === 'function') return id(call);
  if (id === 'assigned') return call.cloud.number();
  const said =
    'parameter' in id ? call.query.get(id.parameter) : (call.query.get(id.field) ?? textOf(call.body[id.field]));
  if (said === null || said === '') throw new Refusal(400, `${JSON.stringify(id)} says no name`);
  return said;
}

function named({ cloud }: Call, { named: how = 'path' }: Collection, path: string, id: string): string {
  return { path, number: cloud.byNumber(path), id }[how];
}

const styleOf = ({ product }: Call, collection: Collection): Style => collection.style ?? product.style ?? 'plain';
const textOf = (value: Json | undefined) => (typeof value === 'string' ? value : '');
const asObject = (value: Json | undefined): JsonObject => (value !== undefined && isObject(value) ? value : {});
