import type { Json, JsonObject } from '../engine/values.ts';
import { isObject } from '../engine/values.ts';

/** Whether a path is as a template says, in which `{anything}` is one part; gives what those parts are. */
export function matches(template: string, path: string): readonly string[] | null {
  const found = expressionOf(template).exec(path);
  return found === null ? null : found.slice(1);
}

const expressions = new Map<string, RegExp>();

function expressionOf(template: string): RegExp {
  const known = expressions.get(template);
  if (known) return known;
  const made = new RegExp(`^${template.replace(/[.$]/g, '\\$&').replace(/\{[^}]*\}/g, '([^/:]+)')}$`);
  expressions.set(template, made);
  return made;
}

/** What is at a path of fields; undefined where nothing is. */
export function at(value: Json | undefined, path: string): Json | undefined {
  return path
    .split('.')
    .reduce<Json | undefined>(
      (inner, field) => (inner !== undefined && isObject(inner) ? inner[field] : undefined),
      value,
    );
}

export const textAt = (value: Json | undefined, path: string): string => String(at(value, path) ?? '');

/** The objects of a list at a path. */
export function listAt(value: Json | undefined, path: string): readonly JsonObject[] {
  const found = at(value, path);
  return Array.isArray(found) ? (found as readonly Json[]).filter(isObject) : [];
}

/** An object in which another value is at a path; undefined takes it away. */
export function withAt(object: JsonObject, path: string, value: Json | undefined): JsonObject {
  const [field = '', ...rest] = path.split('.');
  const { [field]: inner = {}, ...others } = object;
  const changed = rest.length === 0 ? value : withAt(isObject(inner) ? inner : {}, rest.join('.'), value);
  return changed === undefined ? others : { ...others, [field]: changed };
}

/** Defaults beneath what was said: objects are filled up, everything else is taken as it was said. */
export function filled(defaults: JsonObject, said: JsonObject): JsonObject {
  const inner = Object.entries(said).map(([field, value]): [string, Json] => {
    const other = defaults[field];
    return [field, isObject(value) && other !== undefined && isObject(other) ? filled(other, value) : value];
  });
  return { ...defaults, ...Object.fromEntries(inner) };
}

/** As a merge patch says: objects are changed field by field, null takes away, everything else is replaced. */
export function merged(before: JsonObject, patch: JsonObject): JsonObject {
  const result: Record<string, Json> = { ...before };
  for (const [field, value] of Object.entries(patch)) {
    const old = result[field];
    if (value === null) delete result[field];
    else result[field] = isObject(value) && old !== undefined && isObject(old) ? merged(old, value) : value;
  }
  return result;
}

/** Without what is null, which says nothing. */
export function withoutNull(value: JsonObject): JsonObject {
  const inner = (one: Json): Json => (Array.isArray(one) ? one.map(inner) : isObject(one) ? withoutNull(one) : one);
  return Object.fromEntries(
    Object.entries(value).flatMap(([field, one]) => (one === null ? [] : [[field, inner(one)]])),
  );
}

/** `snake_case` of masks and parameters as the fields are called. */
export const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
