/** What the tests of subscriptions ask for. */
export const SUBSCRIPTION = `subscription ($after: Cursor, $from: StreamStart, $filter: SignalFilter, $maxBatch: Int) {
  signalEvents(after: $after, from: $from, filter: $filter, maxBatch: $maxBatch) {
    __typename
    ... on SignalEventBatch { events { seq type signal { id } } cursor previousCursor }
    ... on StreamCheckpoint { cursor previousCursor live }
    ... on StreamProblem { code retryAfterMs }
  }
}`;
export type Item = { __typename: string; events?: { seq: number }[]; live?: boolean; code?: string };

/** A filter that is so many levels deep. */
export const nested = (levels: number): string => `${'{ not: '.repeat(levels)}{}${' }'.repeat(levels)}`;
