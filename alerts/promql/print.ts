import type { Binary, Matcher, Node, Select } from './node.ts';

/** The expression in PromQL, on one line. What stands inside another operation is in brackets, but for sums of sums. */
export function print(node: Node): string {
  switch (node.kind) {
    case 'number':
      return String(node.value);
    case 'select':
      return selected(node);
    case 'call':
      return `${node.name}(${node.of.map(print).join(', ')})`;
    case 'aggregate': {
      const by = node.by.length > 0 ? ` by (${node.by.join(', ')}) ` : '';
      return `${node.operator}${by}(${print(node.of)})`;
    }
    case 'binary':
      return `${isChain(node) ? print(node.left) : inner(node.left)} ${joined(node)} ${inner(node.right)}`;
  }
}

function selected({ metric, matchers, window, offset }: Select): string {
  const inside = matchers.length > 0 ? `{${matchers.map(matched).join(', ')}}` : '';
  return `${metric}${inside}${window ? `[${window}]` : ''}${offset ? ` offset ${offset}` : ''}`;
}

function matched({ label, operator, value }: Matcher): string {
  return `${label}${operator}${JSON.stringify(value)}`;
}

/** A sum of sums, where brackets would say nothing. */
function isChain({ operator, left }: Binary): boolean {
  return operator === '+' && left.kind === 'binary' && left.operator === '+';
}

function inner(node: Node): string {
  return node.kind === 'binary' ? `(${print(node)})` : print(node);
}

function joined({ operator, bool, on, groupLeft }: Binary): string {
  return [operator, bool && 'bool', on && `on (${on.join(', ')})`, groupLeft && 'group_left ()']
    .filter(Boolean)
    .join(' ');
}
