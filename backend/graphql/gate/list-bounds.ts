import { PERMISSIONS } from '../../access/permissions.ts';

/**
 * How many items a list can have at most, for every list of the schema. `page`: as many as the page that the connection above it was asked
 * for. `argument`: as many as that list of values has. `size`: what that argument of the field above says, its default, and its maximum.
 */
export type ListBound =
  | number
  | 'page'
  | { readonly argument: string; readonly maximum: number }
  | { readonly size: string; readonly standard: number; readonly maximum: number };

const CONNECTIONS = [
  'Bar',
  'CorporateAction',
  'IngestionDay',
  'Instrument',
  'ModelVersion',
  'SignalEvent',
  'Signal',
] as const;
const BATCH = { size: 'maxBatch', standard: 50, maximum: 500 } as const;

export const LIST_BOUNDS: Readonly<Record<string, ListBound>> = {
  ...Object.fromEntries(
    CONNECTIONS.flatMap((name) => [
      [`${name}Connection.edges`, 'page' as const],
      [`${name}Connection.nodes`, 'page' as const],
    ]),
  ),
  'Query.nodes': { argument: 'ids', maximum: 100 },
  'Query.featureRanks': { argument: 'instruments', maximum: 100 },
  'Query.calendar': 401,
  'Query.apiKeys': 1_000,
  'ApiKey.scopes': PERMISSIONS.length,
  'SignalEventBatch.events': BATCH,
  'BarBatch.bars': BATCH,
  'Health.checks': 3,
  // Companies change their tickers rarely.
  'Instrument.tickers': 5,
  'Signal.provenance': 2,
  'Signal.targets': 3,
  'Signal.topContributions': 5,
  'Figure.baselines': 5,
};

export const STANDARD_PAGE = 20;
/** The largest page of a connection, where it is not the usual one. */
const PAGES: Readonly<Record<string, number>> = { 'Query.bars': 1_000 };
export const largestPage = (field: string): number => PAGES[field] ?? 100;
