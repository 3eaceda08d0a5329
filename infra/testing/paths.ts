import { isObject, type Json } from './engine/values.ts';

/** The path of every value in a tree, however deep; what stands for something unknown has no inside. */
export function pathsOf(value: Json, path = ''): string[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((item, index) => pathsOf(item, `${path}[${index}]`))];
  if (!isObject(value) || value['unknown'] === true) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, `${path}.${key}`))];
}

/** All texts in a tree. */
export function textsOf(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return isObject(value) ? Object.values(value).flatMap(textsOf) : [];
}
