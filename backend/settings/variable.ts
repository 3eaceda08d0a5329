import type { Role, Task } from '../roles.ts';
import type { Kind } from './kinds.ts';

export const environments = ['development', 'test', 'staging', 'production'] as const;
export type Environment = (typeof environments)[number];

/** Who may read a variable: a role or a task of roles.ts. */
export type Reader = Role | Task;

/** One variable of the environment. Nothing else may be read from it. */
export type Variable<Value = unknown, Default extends Value | null = Value | null, By extends Reader = Reader> = {
  readonly kind: Kind<Value>;
  /** Used when the variable is not set; null when there is then no value, and `unset` says what that means. */
  readonly default: Default;
  readonly unset?: string;
  readonly productionDefault?: NoInfer<Value>;
  /** Values that are good enough for development only, and what production expects instead. */
  readonly notInProduction?: { readonly values: readonly NoInfer<Value | null>[]; readonly expected: string };
  /** Setting it anywhere else is a mistake. */
  readonly onlyIn?: readonly Environment[];
  /** Who cannot start without it, though others can. */
  readonly requiredBy?: readonly NoInfer<By>[];
  readonly unit?: string;
  /** Its value is never shown. */
  readonly secret?: true;
  readonly readers: readonly By[];
  readonly description: string;
};

/** Keeps the exact types of one line of the table, and checks that its default is a value of its kind. */
export function variable<Value, const Default extends Value | null, const By extends Reader>(
  spec: Variable<Value, Default, By>,
): Variable<Value, Default, By> {
  return spec;
}

export type Table = Readonly<Record<string, Variable>>;

/** What a reader gets: the variables that it may read, by name. A default of null makes the value nullable. */
export type ValuesOf<T, R extends Reader> = {
  readonly [Name in keyof T as T[Name] extends Variable<infer _V, infer _D, infer By>
    ? [R] extends [By]
      ? Name
      : never
    : never]: T[Name] extends Variable<infer Value, infer Default, infer _By>
    ? Default extends null
      ? Value | null
      : Value
    : never;
};
