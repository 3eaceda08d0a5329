import {
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  OperationTypeNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/**
 * Fields whose value depends on nothing but the arguments, what the asker may have, and what the public stream says up to its head: what
 * they read is written in the transaction that moves the head, or never changes. One answer serves all who ask the same while the head
 * stays. A field that stands here by mistake makes old answers, or somebody else's; one that stands in neither list fails a test.
 */
export const SHAREABLE: Readonly<Record<string, readonly string[]>> = {
  Query: ['signals', 'signal'],
  SignalConnection: ['edges', 'nodes', 'pageInfo'],
  SignalEdge: ['cursor', 'node'],
  PageInfo: ['startCursor', 'endCursor', 'hasNextPage', 'hasPreviousPage'],
  Signal: [
    ...['id', 'dedupKey', 'type', 'instrument', 'assetClass', 'side', 'timeframe', 'state', 'entry', 'stop', 'targets'],
    ...['timeLimitMinutes', 'flatAtClose', 'riskPerUnit', 'riskReward', 'priceScale', 'confidence', 'rawScore'],
    ...['baselineProbability', 'edge', 'volatility', 'decisionTime', 'generatedAt', 'publishedAt', 'validFrom'],
    ...['expiresAt', 'modelVersion', 'stepVersion', 'topContributions', 'featuresSnapshot', 'provenance', 'disclaimer'],
    ...['supersedes', 'outcome'],
  ],
  SignalInstrument: ['id', 'symbol', 'mic', 'figi'],
  EntryPlan: ['kind', 'referencePrice'],
  Target: ['price', 'fraction'],
  SignalModelVersion: [
    ...['id', 'name', 'version', 'sha256', 'trainingWindow', 'calibrationWindow', 'codeCommit', 'eligibleFrom'],
    ...['featureSpecHash', 'labelSpecHash'],
  ],
  TimeWindow: ['from', 'to'],
  Contribution: ['feature', 'contribution'],
  FeaturesSnapshot: ['values', 'hash'],
  DataProvenance: [
    ...['source', 'feed', 'provenance', 'licence', 'firstBarStart', 'lastBarStart', 'maxKnownTime', 'bars'],
    ...['contentHash', 'gaps'],
  ],
  Outcome: [
    ...['label', 'exitReason', 'entryFill', 'exitFill', 'splitFactor', 'grossR', 'netR', 'costs', 'mfeR', 'maeR'],
    ...['barsHeld', 'ambiguous', 'resolution', 'settledAt', 'settlerVersion', 'dataHash'],
  ],
};

/** Why each other field of these types is answered anew for whoever asks. */
export const NOT_SHAREABLE: Readonly<Record<string, string>> = {
  'Signal.actionable': 'ends at a moment, whatever the stream says',
  'Query.signalEvents': 'the filter may ask what is actionable, and dropping old events moves no head',
  'Query.node': 'may find anything',
  'Query.nodes': 'may find anything',
  'Query.instruments': 'instruments are written without an event',
  'Query.bars': 'bars have a log of their own',
  'Query.ingestionDays': 'written without an event',
  'Query.marketSession': 'depends on the moment',
  'Query.calendar': 'depends on the moment',
  'Query.featureRanks': 'bars have a log of their own',
  'Query.modelVersion': 'models are trained without an event',
  'Query.models': 'models are trained without an event',
  'Query.performance': 'depends on the moment that it is asked for',
  'Query.health': 'is how things stand now',
  'Query.serviceInfo': 'tells the time',
  'Query.apiKeys': 'belongs to a tenant and is written without an event',
};

const known = new WeakMap<DocumentNode, boolean>();

/** Whether every field that a document asks for is declared to be shareable. It has been validated. */
export function isShareable(schema: GraphQLSchema, document: DocumentNode): boolean {
  const before = known.get(document);
  if (before !== undefined) return before;
  const found = asksForShareable(schema, document);
  known.set(document, found);
  return found;
}

function asksForShareable(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema);
  let shareable = true;
  visit(
    document,
    visitWithTypeInfo(types, {
      OperationDefinition({ operation }) {
        if (operation !== OperationTypeNode.QUERY) shareable = false;
      },
      Field({ name }) {
        const parent = getNamedType(types.getParentType());
        const declared = isObjectType(parent) && (SHAREABLE[parent.name]?.includes(name.value) ?? false);
        if (!declared && name.value !== '__typename') shareable = false;
      },
    }),
  );
  return shareable;
}
