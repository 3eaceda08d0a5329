/** As much of the product's schema as is measured, in the words of the specification. */
export const typeDefs = /* GraphQL */ `
  scalar Cursor
  type Query {
    signals(first: Int, after: Cursor): SignalConnection!
  }
  type Subscription {
    signalEvents(filter: SignalFilter): SignalEventBatch!
  }
  input SignalFilter {
    instruments: [ID!]
  }
  type SignalEventBatch {
    events: [SignalEvent!]!
  }
  type SignalEvent {
    type: String!
    signal: Signal!
  }
  type SignalConnection {
    nodes: [Signal!]!
  }
  type Instrument {
    id: ID!
    symbol: String!
  }
  type Entry {
    referencePrice: String!
  }
  type Target {
    price: String!
  }
  type Signal {
    id: ID!
    instrument: Instrument!
    side: String!
    timeframe: String!
    state: String!
    confidence: String!
    entry: Entry!
    stop: String!
    targets: [Target!]!
    riskReward: String!
    publishedAt: String!
    expiresAt: String!
  }
`;

/** A row of bench_signal: every value as text. */
export type Row = Readonly<Record<(typeof COLUMNS)[number], string>>;
export const COLUMNS = [
  ...['id', 'symbol', 'side', 'timeframe', 'state', 'confidence', 'reference_price', 'stop', 'target'],
  ...['risk_reward', 'published_at', 'expires_at'],
] as const;

export const PAGE = `select id, symbol, side, timeframe, state, confidence::text, reference_price::text, stop::text, target::text,
  risk_reward::text, published_at, expires_at from bench_signal where (published_at, id) < ($1, $2)
  order by published_at desc, id desc limit $3`;

/** Time and id that a cursor of the list names. */
export function keyOf(cursor: string): readonly [string, string] {
  const [, , key] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [number, string, string];
  const [time = '', id = ''] = key.split(' ');
  return [new Date(Number(time)).toISOString(), id];
}

export function signalOf(row: Row): unknown {
  return {
    id: `sig_${row.id}`,
    instrument: { symbol: row.symbol },
    side: row.side,
    timeframe: row.timeframe,
    state: row.state,
    confidence: row.confidence,
    entry: { referencePrice: row.reference_price },
    stop: row.stop,
    targets: [{ price: row.target }],
    riskReward: row.risk_reward,
    publishedAt: row.published_at,
    expiresAt: row.expires_at,
  };
}
