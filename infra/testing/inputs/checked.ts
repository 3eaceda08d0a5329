import { isObject, type Json, type JsonObject } from '../engine/values.ts';
import { type Field, type Fields, inputsOf } from './documented.ts';
import { patterns } from './patterns.ts';

/** What of the inputs of a resource of Google the package does not know, misses, or lists no such value of; and what its pages refuse. */
export function mistakesIn(type: string, inputs: JsonObject): string[] {
  return [...objectMistakes(inputs, inputsOf(type), ''), ...patternMistakes(type, inputs)];
}

function objectMistakes(object: JsonObject, fields: Fields, path: string): string[] {
  const missing = [...fields].filter(([name, { isRequired }]) => isRequired && !(name in object));
  return [
    ...missing.map(([name]) => `${path}${name} is missing`),
    ...Object.entries(object).flatMap(([name, value]) => {
      const field = fields.get(name);
      return field === undefined ? [`${path}${name} is no input of it`] : valueMistakes(value, field, `${path}${name}`);
    }),
  ];
}

function valueMistakes(value: Json, field: Field, path: string): string[] {
  if (isOpaque(value)) return [];
  if (field.isList !== Array.isArray(value)) return [`${path} is ${field.isList ? 'no list' : 'a list'}`];
  return Array.isArray(value)
    ? value.flatMap((item, index) => itemMistakes(item, field, `${path}[${index}]`))
    : itemMistakes(value, field, path);
}

function itemMistakes(value: Json, { kind, fields, values }: Field, path: string): string[] {
  if (isOpaque(value) || kind === 'unknown') return [];
  if (typeof value !== words[kind] || value === null)
    return [`${path} is ${JSON.stringify(value)}, expected a ${kind}`];
  if (fields !== null && isObject(value)) return objectMistakes(value, fields, `${path}.`);
  const isListed = values === null || typeof value !== 'string' || values.includes(value);
  return isListed ? [] : [`${path} is "${value}", expected one of ${values.join(', ')}`];
}

const words = { text: 'string', number: 'number', flag: 'boolean', map: 'object', object: 'object' } as const;

/** Unknown yet, or a secret: it is looked at by nobody. */
function isOpaque(value: Json): boolean {
  return isObject(value) && (value['unknown'] === true || 'secret' in value);
}

function patternMistakes(type: string, inputs: JsonObject): string[] {
  return patterns
    .filter((pattern) => pattern.of === type)
    .flatMap(({ path, expected, what }) =>
      valuesAt(inputs, path.split('.'))
        .filter((value) => !isOpaque(value) && !expected.test(String(value)))
        .map((value) => `${path} is ${JSON.stringify(value)}, expected ${what}`),
    );
}

/** All values at a path; a list is gone through. */
function valuesAt(value: Json | undefined, steps: readonly string[]): Json[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, steps));
  const [step, ...rest] = steps;
  if (step === undefined) return [value];
  return isObject(value) ? valuesAt(value[step], rest) : [];
}
