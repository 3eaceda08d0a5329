/**
 * What travels between a program and the engine: JSON in which secrets, outputs, unknowns and references wear a signature.
 * The signatures are part of the protocol (the same in every language) and never change.
 */
const SIGNATURE = '4dabf18193072939515e22adb298388d';
const kinds: Readonly<Record<string, 'secret' | 'output' | 'resource' | 'asset'>> = {
  '1b47061264138c4ac30d75fd1eb44270': 'secret',
  d0e6a833031e9bbcd3f4e8bde6ca49a4: 'output',
  '5cf8f73096256a8f31e491e813e4eb8e': 'resource',
  c44067f5952c0a294b673a41bacd8c17: 'asset',
  '0def7320c3a5731c473e5ecbe6d01bc7': 'asset',
};
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** For people and assertions: a secret becomes `{ secret: value }`, an unknown `{ unknown: true }`, a reference `{ urn }`. */
export function readable(value: Json): Json {
  if (value === UNKNOWN) return { unknown: true };
  if (!isObject(value)) return Array.isArray(value) ? value.map(readable) : value;
  switch (kindOf(value)) {
    case 'secret':
      return { secret: readable(value['value'] ?? null) };
    case 'output': {
      const inner = 'value' in value ? readable(value['value'] ?? null) : { unknown: true };
      return value['secret'] === true ? { secret: inner } : inner;
    }
    case 'resource':
      return { urn: value['urn'] ?? null };
    case 'asset': {
      const { [SIGNATURE]: _signature, ...rest } = value;
      return { asset: rest };
    }
    default:
      return mapValues(value, readable);
  }
}

/** What the engine answers: secrets stay secrets, an output is told as its value, for by then everything is known. */
export function answered(value: Json): Json {
  if (!isObject(value)) return Array.isArray(value) ? value.map(answered) : value;
  if (kindOf(value) !== 'output') return mapValues(value, answered);
  const inner = 'value' in value ? answered(value['value'] ?? null) : UNKNOWN;
  return value['secret'] === true ? { [SIGNATURE]: SECRET, value: inner } : inner;
}

/** A value as it travels, each secret in it another; an output that is secret counts as one. */
export function mapSecrets(value: Json, change: (secret: Json) => Json): Json {
  if (Array.isArray(value)) return value.map((item) => mapSecrets(item, change));
  if (!isObject(value)) return value;
  const secret = kindOf(value) === 'secret' || (kindOf(value) === 'output' && value['secret'] === true);
  if (secret && 'value' in value) return { ...value, value: change(value['value'] ?? null) };
  return mapValues(value, (inner) => mapSecrets(inner, change));
}

/** A value that nobody knows before the resource exists. */
export const unknown: Json = UNKNOWN;

/** Every secret in a readable value, as text. */
export function secretsIn(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(secretsIn);
  if (!isObject(value)) return [];
  if ('secret' in value && Object.keys(value).length === 1) return [JSON.stringify(value['secret'])];
  return Object.values(value).flatMap(secretsIn);
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues(object: JsonObject, change: (value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

const SECRET = Object.keys(kinds)[0] ?? '';
const kindOf = (value: JsonObject) => kinds[String(value[SIGNATURE])];
