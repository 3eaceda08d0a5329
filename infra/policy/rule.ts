/** A resource as a rule sees it: what the program asked for, and what of its options the judge is told. */
export type Seen = {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly props: Tree;
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  /** Known only where the program itself is run by our harness: the engine does not tell a policy pack. */
  readonly deletedWith?: string | undefined;
  readonly dependsOn?: readonly string[] | undefined;
  /** URN and type of the provider; absent where it is the default one. */
  readonly provider?: string | undefined;
};

export type Tree = { readonly [key: string]: unknown };

export type Rule = {
  readonly name: string;
  /** Types that it is about, or what their names begin with when it ends with a star. */
  readonly on: string | readonly string[];
  readonly what: string;
  readonly why: string;
  /** Where it is written: a benchmark, a page, an issue of a tracker. */
  readonly source: string;
  readonly fix: string;
  readonly holds: (seen: Seen, stack: readonly Seen[]) => boolean;
  /** It looks at other resources than the one that it is about. */
  readonly wide?: true;
  /** It needs options that the engine does not tell a policy pack: judged when the program is run by our harness alone. */
  readonly program?: true;
};

export type Violation = { readonly rule: Rule; readonly urn: string };

/** Every rule against every resource that it is about. */
export function violations(rules: readonly Rule[], stack: readonly Seen[]): Violation[] {
  return rules.flatMap((rule) =>
    stack.filter((seen) => isAbout(rule, seen) && !rule.holds(seen, stack)).map(({ urn }) => ({ rule, urn })),
  );
}

export function isAbout({ on }: Rule, { type }: Pick<Seen, 'type'>): boolean {
  const names = typeof on === 'string' ? [on] : on;
  return names.some((name) => (name.endsWith('*') ? type.startsWith(name.slice(0, -1)) : type === name));
}

/** What a path leads to, such as `settings.backupConfiguration.enabled`; undefined where it leads nowhere. */
export function at(tree: unknown, path: string): unknown {
  return path.split(/(?<!\\)\./).reduce<unknown>((inner, step) => {
    const key = step.replaceAll('\\.', '.');
    return typeof inner === 'object' && inner !== null ? (inner as Tree)[key] : undefined;
  }, tree);
}

/** A list at a path; empty where there is none. */
export function listAt(tree: unknown, path: string): readonly Tree[] {
  const found = at(tree, path);
  return Array.isArray(found) ? (found as readonly Tree[]) : [];
}

type Holds = Rule['holds'];

export const is =
  (path: string, ...values: readonly unknown[]): Holds =>
  ({ props }) =>
    values.includes(at(props, path));

export const isSet =
  (path: string): Holds =>
  ({ props }) =>
    at(props, path) !== undefined;

export const isNotSet =
  (...paths: readonly string[]): Holds =>
  ({ props }) =>
    paths.every((path) => at(props, path) === undefined);

export const all =
  (...parts: readonly Holds[]): Holds =>
  (seen, stack) =>
    parts.every((part) => part(seen, stack));

/** Holds where the first does not, and else where the second does. */
export const when =
  (condition: Holds, then: Holds): Holds =>
  (seen, stack) =>
    !condition(seen, stack) || then(seen, stack);

/** No resource of the kind may exist. */
export const never: Holds = () => false;
