import { type Environment, environments, type Reader, type Table, type Variable } from './variable.ts';

export type Env = Readonly<Record<string, string | undefined>>;
export type Read = { readonly values: Readonly<Record<string, unknown>>; readonly mistakes: readonly string[] };

/** Parses every variable that the reader may read, and goes on after a mistake, so that all of them are told at once. */
export function read(table: Table, reader: Reader, env: Env): Read {
  const environment = environments.find((known) => known === env['ENVIRONMENT']) ?? 'development';
  const values: Record<string, unknown> = {};
  const mistakes: string[] = [];

  for (const [name, variable] of Object.entries(table)) {
    if (!variable.readers.includes(reader)) continue;
    const text = env[name];
    const value = text === undefined ? defaultOf(variable, environment) : variable.kind.parse(text);
    const expected = objection(variable, value, { reader, environment, isSet: text !== undefined });
    if (expected) mistakes.push(`${name} is ${shown(variable, text)}, expected ${expected}`);
    else values[name] = value;
  }
  return { values, mistakes };
}

/** The value that holds when the variable is not set. */
function defaultOf(variable: Variable, environment: Environment): unknown {
  if (environment === 'production' && variable.productionDefault !== undefined) return variable.productionDefault;
  return variable.default;
}

type Circumstances = { readonly reader: Reader; readonly environment: Environment; readonly isSet: boolean };

/** What was expected instead, or nothing when the value will do. */
function objection(
  variable: Variable,
  value: unknown,
  { reader, environment, isSet }: Circumstances,
): string | undefined {
  if (value === undefined) return variable.kind.expected;
  if (isSet && variable.onlyIn && !variable.onlyIn.includes(environment)) {
    return `nothing when ENVIRONMENT is ${environment}: it is for ${variable.onlyIn.join(', ')} only`;
  }
  if (environment === 'production' && variable.notInProduction?.values.includes(value)) {
    return `${variable.notInProduction.expected} when ENVIRONMENT is production`;
  }
  if (value === null && variable.requiredBy?.includes(reader)) return `${variable.kind.expected} for ${reader}`;
  return undefined;
}

function shown(variable: Variable, text: string | undefined): string {
  if (text === undefined) return 'missing';
  if (variable.secret) return '"***"';
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 63)}…` : text);
}
