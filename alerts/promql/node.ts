/** A span of time as PromQL writes it. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`;

/** An expression as a tree, so that what is tested can be changed on purpose and tested again. */
export type Node = NumberNode | Select | Call | Aggregate | Binary;

export type NumberNode = { readonly kind: 'number'; readonly value: number };

export type Select = {
  readonly kind: 'select';
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  readonly window?: Duration;
  readonly offset?: Duration;
};

export type Matcher = {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
};

export type Call = { readonly kind: 'call'; readonly name: string; readonly of: readonly Node[] };

export type Aggregate = {
  readonly kind: 'aggregate';
  readonly operator: 'sum' | 'max' | 'min' | 'avg' | 'count' | 'group';
  readonly by: readonly string[];
  readonly of: Node;
};

export type Comparison = '>' | '>=' | '<' | '<=' | '==' | '!=';
export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '^' | Comparison | 'and' | 'or' | 'unless';

export type Binary = {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Node;
  readonly right: Node;
  /** 0 and 1 in place of a filter. */
  readonly bool?: true;
  /** The labels by which the two sides are joined; all of them when left out. */
  readonly on?: readonly string[];
  /** Many of the left belong to one of the right. */
  readonly groupLeft?: true;
};

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** Throws a RangeError for text that is no duration, which only a cast can make. */
export function seconds(duration: Duration): number {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(duration) ?? [];
  if (amount === undefined)
    throw new RangeError(`duration is ${JSON.stringify(duration)}, expected a whole number and s, m, h or d`);
  return Number(amount) * SECONDS[unit as keyof typeof SECONDS];
}

/** The longest unit that needs no fraction. */
export function duration(count: number): Duration {
  for (const unit of ['d', 'h', 'm'] as const)
    if (count > 0 && count % SECONDS[unit] === 0) return `${count / SECONDS[unit]}${unit}`;
  return `${Math.round(count)}s`;
}
