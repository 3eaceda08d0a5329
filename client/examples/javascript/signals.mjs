// What the examples ask for and print: the seq, what happened, to which instrument, on which side.
export const url = process.argv[2] ?? 'ws://127.0.0.1:4000/graphql';

/** Resuming takes the variable `$after`, and `cursor` and `previousCursor` of every item. */
export const query = `
  subscription Signals($after: Cursor) {
    signalEvents(after: $after, from: BEGINNING) {
      ... on SignalEventBatch {
        cursor
        previousCursor
        events { stream epoch seq type signal { side instrument { symbol } } }
      }
      ... on StreamCheckpoint { cursor previousCursor }
      ... on StreamProblem { code message }
    }
  }`;

export function print(data) {
  for (const { seq, type, signal } of data?.signalEvents.events ?? [])
    process.stdout.write(`${seq} ${type} ${signal.instrument.symbol} ${signal.side}\n`);
}

/** For clients that give up: these try for ever, and not all at once. */
export const keepTrying = {
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: () => true,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 500 + 1_000 * Math.random())),
};
