import { increase, number, rate, sum, vector } from './functions.ts';
import type { BinaryOperator, Duration } from './node.ts';
import type { Counter, Vector } from './series.ts';

/**
 * How the two sides are joined: by these labels, of which the right has no more than one each. Without it, both must have the
 * same labels.
 */
export type Joined<On extends string> = { readonly on: readonly On[] };

export const plus = arithmetic('+');
export const minus = arithmetic('-');
export const times = arithmetic('*');
export const divided = arithmetic('/');

/** Only what is larger. */
export const above = arithmetic('>');
export const atLeast = arithmetic('>=');
export const below = arithmetic('<');
export const atMost = arithmetic('<=');
export const equal = arithmetic('==');
export const unequal = arithmetic('!=');

/** What is in both, with the values of the left. */
export const both = set('and');
/** What is in the left and not in the right. */
export const without = set('unless');

/** The left, and what of the right has other labels. */
export function either<L extends string>(left: Vector<L>, right: Vector<NoInfer<L>>): Vector<L> {
  return vector({ kind: 'binary', operator: 'or', left: left.node, right: right.node }, left.labels);
}

/** 1 where the left is larger, 0 where it is not. */
export function isAbove<L extends string>(left: Vector<L>, right: number): Vector<L> {
  return vector({ kind: 'binary', operator: '>', bool: true, left: left.node, right: number(right) }, left.labels);
}

export type RatioOf<L extends string> = {
  readonly part: Counter<L>;
  readonly whole: Counter<L>;
  readonly window: Duration;
  /** Nothing at all while the whole counts fewer events in the window: a ratio of two requests means nothing. */
  readonly atLeast: number;
};

/** Events of the part among those of the whole, 0 to 1. */
export function ratio<L extends string, By extends L>(
  { part, whole, window, atLeast: least }: RatioOf<L>,
  ...by: readonly By[]
): Vector<By> {
  const share = divided(sum(rate(part, window), ...by), sum(rate(whole, window), ...by));
  return both(share, atLeast(sum(increase(whole, window), ...by), least));
}

/** A number, a side with the same labels, or one that is joined by some of them. */
type Arithmetic = <L extends string, On extends NoInfer<L>>(
  left: Vector<L>,
  right: number | Vector<string>,
  joined?: Joined<On>,
) => Vector<L>;

function arithmetic(operator: BinaryOperator): Arithmetic {
  return (left, right, joined) => {
    if (typeof right === 'number')
      return vector({ kind: 'binary', operator, left: left.node, right: number(right) }, left.labels);
    const base = { kind: 'binary', operator, left: left.node, right: right.node } as const;
    if (joined) {
      mustHave(joined.on, right.labels, operator);
      return vector({ ...base, on: joined.on, groupLeft: true }, left.labels);
    }
    mustEqual(left.labels, right.labels, operator);
    return vector(base, left.labels);
  };
}

function set(operator: 'and' | 'unless') {
  return <L extends string, On extends NoInfer<L>>(
    left: Vector<L>,
    right: Vector<string>,
    joined?: Joined<On>,
  ): Vector<L> => {
    const base = { kind: 'binary', operator, left: left.node, right: right.node } as const;
    if (!joined) mustEqual(left.labels, right.labels, operator);
    else mustHave(joined.on, right.labels, operator);
    return vector(joined ? { ...base, on: joined.on } : base, left.labels);
  };
}

function mustEqual(left: readonly string[], right: readonly string[], operator: string): void {
  if (left.length === right.length && left.every((label) => right.includes(label))) return;
  throw new Error(
    `${operator} has ${listed(left)} on its left and ${listed(right)} on its right: say what they are joined by`,
  );
}

function mustHave(on: readonly string[], right: readonly string[], operator: string): void {
  const missing = on.find((label) => !right.includes(label));
  if (missing !== undefined)
    throw new Error(`${operator} is joined by ${missing}, which its right side (${listed(right)}) has not`);
}

function listed(labels: readonly string[]): string {
  return labels.length > 0 ? labels.join(', ') : 'no labels';
}
