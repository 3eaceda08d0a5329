/** What is asked of each event: its place, and what ties it to the one before. */
const EVENT =
  'fragment Placed on SignalEvent { stream epoch seq hash prevHash type occurredAt signal { provenance { provenance } } }';

/** Everything, and nothing left out by a filter. */
export const subscriptionDocument = `subscription Synthetic($after: Cursor, $from: StreamStart!) {
  signalEvents(after: $after, from: $from) {
    __typename
    ... on SignalEventBatch { cursor previousCursor events { ...Placed } }
    ... on StreamCheckpoint { cursor previousCursor live }
    ... on StreamProblem { code message earliestCursor headCursor lastCommonCursor retryAfterMs }
  }
}
${EVENT}`;

/** The log by the other way: the end of it, or what came after a cursor. */
export const logDocument = `query SyntheticLog($first: Int, $last: Int, $after: Cursor) {
  signalEvents(first: $first, last: $last, after: $after) {
    nodes { ...Placed }
    pageInfo { endCursor hasNextPage }
  }
}
${EVENT}`;

/** What a service that runs trusted documents only has to trust besides, or it would refuse its own subscriber. */
export const syntheticDocuments: readonly string[] = [subscriptionDocument, logDocument];
