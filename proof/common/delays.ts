/** What one subscriber was handed: seq and moment, ms since 1970, in the order in which it came. */
export type TimedEvents = readonly { readonly seq: number; readonly at: number }[];

/** An event of the log and when it was committed, ms since 1970. */
export type Measured = { readonly seq: number; readonly committedAt: number };

/** So much of all events must come within so many ms of their commit. */
export type Limit = { readonly share: 0.5 | 0.99; readonly ms: number };

/** A time during which something was broken, ms since 1970. */
export type Span = {
  readonly name: string;
  readonly limit: Limit | null;
  readonly from: number;
  readonly until: number;
};

export type Percentiles = { readonly n: number; readonly p50: number; readonly p99: number; readonly max: number };

/** How long the events that were committed in a span took to each subscriber who was there before it, ms. */
export function percentiles(
  all: readonly TimedEvents[],
  logged: readonly Measured[],
  { from, until }: Pick<Span, 'from' | 'until'>,
): Percentiles {
  const committed = new Map(logged.map(({ seq, committedAt }) => [seq, committedAt]));
  const delays: number[] = [];
  for (const heard of all) {
    if ((heard[0]?.at ?? until) >= from) continue;
    for (const { seq, at } of heard) {
      const commit = committed.get(seq);
      if (commit !== undefined && commit >= from && commit < until) delays.push(at - commit);
    }
  }
  delays.sort((a, b) => a - b);
  const rank = (share: number): number => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? 0;
  return { n: delays.length, p50: rank(0.5), p99: rank(0.99), max: delays.at(-1) ?? 0 };
}
