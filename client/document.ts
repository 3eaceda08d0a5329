/** Everything about an event that `types.ts` names. */
const eventFields = `
fragment EventFields on SignalEvent {
  cursor stream epoch seq schemaVersion type occurredAt reason fill
  outcome { label exitReason entryFill exitFill grossR netR ambiguous }
  signal {
    id side timeframe state stop timeLimitMinutes flatAtClose riskReward riskPerUnit
    confidence rawScore baselineProbability edge actionable assetClass supersedes
    decisionTime generatedAt publishedAt validFrom expiresAt
    instrument { id symbol mic figi }
    entry { kind referencePrice }
    targets { price fraction }
    modelVersion { id name version }
    provenance { source feed provenance }
  }
}`;

export const followDocument = `
subscription Follow($after: Cursor, $from: StreamStart, $filter: SignalFilter, $maxBatch: Int) {
  signalEvents(after: $after, from: $from, filter: $filter, maxBatch: $maxBatch) {
    __typename
    ... on SignalEventBatch { cursor previousCursor events { ...EventFields } }
    ... on StreamCheckpoint { cursor previousCursor live }
    ... on StreamProblem { code message earliestCursor headCursor lastCommonCursor retryAfterMs }
  }
}${eventFields}`;

/** The newest events, oldest of them first. Its end cursor continues in `followDocument` under the same filter. */
export const recentDocument = `
query Recent($last: Int!, $filter: SignalFilter) {
  signalEvents(last: $last, filter: $filter) {
    nodes { ...EventFields }
    pageInfo { endCursor }
  }
}${eventFields}`;

export const instrumentsDocument = `
query Instruments($after: Cursor) {
  instruments(first: 100, after: $after) {
    nodes { id symbol }
    pageInfo { hasNextPage endCursor }
  }
}`;
