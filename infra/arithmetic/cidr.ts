/** A block of IPv4 addresses, such as 10.0.0.0/14. */
export type Cidr = string;

/** What a network of a stack is made of, by the length of the prefix that each needs. */
export type Demand = Readonly<Record<string, number>>;

/**
 * Cuts blocks out of one, the largest first, so that each begins where its size allows and nothing is left between them. Throws a
 * RangeError when they do not fit.
 */
export function carve<D extends Demand>(from: Cidr, demand: D): { readonly [Name in keyof D]: Cidr } {
  const { start, end } = rangeOf(from);
  const order = Object.entries(demand).toSorted(([, a], [, b]) => a - b);
  let next = start;
  const blocks = order.map(([name, prefix]) => {
    const block = `${addressOf(next)}/${prefix}`;
    next += size(prefix);
    if (next > end) throw new RangeError(`${from} is too small: ${name} would need ${block}`);
    return [name, block] as const;
  });
  return Object.fromEntries(blocks) as { readonly [Name in keyof D]: Cidr };
}

/** Whether two blocks have an address in common. */
export function overlap(a: Cidr, b: Cidr): boolean {
  const [first, second] = [rangeOf(a), rangeOf(b)];
  return first.start < second.end && second.start < first.end;
}

/** Throws a RangeError for what is no block, or has bits set behind its prefix. */
export function rangeOf(cidr: Cidr): { readonly start: number; readonly end: number } {
  const [, address = '', length = ''] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(cidr) ?? [];
  const parts = address.split('.').map(Number);
  const prefix = Number(length);
  if (address === '' || prefix > 32 || parts.some((part) => part > 255))
    throw new RangeError(`${cidr} is no block of addresses`);
  const start = parts.reduce((sum, part) => sum * 256 + part, 0);
  if (start % size(prefix) !== 0) throw new RangeError(`${cidr} does not begin where a /${prefix} may`);
  return { start, end: start + size(prefix) };
}

const size = (prefix: number) => 2 ** (32 - prefix);
const addressOf = (number: number) => [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
