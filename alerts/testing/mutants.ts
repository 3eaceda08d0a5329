import { type Duration, duration, type Node, print, seconds } from '../promql/index.ts';
import type { Binary, BinaryOperator, Matcher, Select } from '../promql/node.ts';
import type { Unit } from './unit.ts';

/** A rule with one thing changed that its tests must notice. */
export type Mutant = { readonly kind: MutantKind; readonly what: string; readonly expr: Node; readonly for: Duration };
export type MutantKind = 'operator' | 'threshold' | 'for' | 'label' | 'window' | 'gate';

type Change = { readonly kind: MutantKind; readonly what: string; readonly node: Node };

export function mutantsOf(unit: Unit): Mutant[] {
  return [
    ...changes(unit.expr).map(({ kind, what, node }): Mutant => ({ kind, what, expr: node, for: unit.for })),
    ...(unit.kind === 'alert' ? waits(unit.for) : []).map(
      (wait): Mutant => ({ kind: 'for', what: `for ${unit.for} -> ${wait}`, expr: unit.expr, for: wait }),
    ),
  ];
}

function waits(wait: Duration): Duration[] {
  return seconds(wait) === 0 ? ['2m'] : [duration(seconds(wait) * 2), duration(seconds(wait) / 2)];
}

/** Every way to change the node itself, then every way to change one of those below it. */
export function changes(node: Node): Change[] {
  switch (node.kind) {
    case 'number':
      return numbers(node.value).map((value) => changed('threshold', node, { ...node, value }));
    case 'select':
      return selects(node);
    case 'call':
      return node.of.flatMap((one, index) =>
        changes(one).map((change) => ({ ...change, node: { ...node, of: node.of.with(index, change.node) } })),
      );
    case 'aggregate':
      return [
        ...node.by
          .filter((label) => label !== 'le')
          .map((label) => changed('label', node, { ...node, by: node.by.filter((one) => one !== label) })),
        ...changes(node.of).map((change) => ({ ...change, node: { ...node, of: change.node } })),
      ];
    case 'binary':
      return [
        ...operators(node),
        ...changes(node.left).map((change) => ({ ...change, node: { ...node, left: change.node } })),
        ...changes(node.right).map((change) => ({ ...change, node: { ...node, right: change.node } })),
      ];
  }
}

function numbers(value: number): number[] {
  return value === 0 ? [1, -1] : [value * 1.1, value * 0.9];
}

function selects(node: Select): Change[] {
  const { matchers, window, offset } = node;
  const matched = matchers.flatMap((matcher, index) => [
    { ...node, matchers: matchers.toSpliced(index, 1) },
    { ...node, matchers: matchers.with(index, negated(matcher)) },
  ]);
  const twice = (span: Duration): Duration[] => [duration(seconds(span) * 2), duration(seconds(span) / 2)];
  return [
    ...matched.map((other) => changed('label', node, other)),
    ...(window ? twice(window).map((other) => changed('window', node, { ...node, window: other })) : []),
    ...(offset ? twice(offset).map((other) => changed('window', node, { ...node, offset: other })) : []),
  ];
}

const NEGATED = { '=': '!=', '!=': '=', '=~': '!~', '!~': '=~' } as const;

function negated(matcher: Matcher): Matcher {
  return { ...matcher, operator: NEGATED[matcher.operator] };
}

const OTHERS: Readonly<Record<BinaryOperator, readonly BinaryOperator[]>> = {
  '>': ['>=', '<'],
  '>=': ['>', '<'],
  '<': ['<=', '>'],
  '<=': ['<', '>'],
  '==': ['!='],
  '!=': ['=='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['/'],
  '^': ['*'],
  and: ['or', 'unless'],
  or: ['and'],
  unless: ['and'],
};

function operators(node: Binary): Change[] {
  const { operator, on, left, right } = node;
  return [
    ...OTHERS[operator].map((other) =>
      changed('operator', node, { ...node, operator: other, ...(isSet(other) && { groupLeft: undefined }) } as Binary),
    ),
    // Without what holds it back: the session, the fewest events, the exception.
    ...(isSet(operator) ? [changed('gate', node, left)] : []),
    ...(operator === 'or' ? [changed('gate', node, right)] : []),
    ...(on ?? []).map((label) => changed('label', node, { ...node, on: (on ?? []).filter((one) => one !== label) })),
  ];
}

function isSet(operator: BinaryOperator): boolean {
  return operator === 'and' || operator === 'or' || operator === 'unless';
}

function changed(kind: MutantKind, from: Node, to: Node): Change {
  return { kind, what: `${print(from)} -> ${print(to)}`, node: to };
}
