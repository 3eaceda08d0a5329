import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  type GraphQLNamedType,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { type Data, type Page, playService } from './service.fixture.ts';

const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../../schema.graphql'), 'utf8'));
const played = playService();

describe('the schema', () => {
  it('answers every query with every field, and leaves none of them empty throughout', async () => {
    const { signals, models } = await played.ask<{
      signals: { nodes: { id: string }[] };
      models: { nodes: { id: string }[] };
    }>('{ signals(first: 1) { nodes { id } } models(first: 1) { nodes { id } } }');
    const [signal, model] = [signals.nodes[0]?.id ?? '', models.nodes[0]?.id ?? ''];
    const open = new Date(played.market.live[100]?.knownTime ?? 0).toISOString();
    const examples: Record<string, string> = {
      apiKeys: '',
      bars: '(instrument: "ins_sim-a", first: 2)',
      calendar: '(from: "2026-11-20", until: "2026-11-30")',
      featureRanks: '(instruments: ["ins_sim-a", "ins_sim-b"], feature: return15)',
      health: '',
      ingestionDays: '',
      instruments: '',
      marketSession: `(at: "${open}")`,
      modelVersion: `(id: "${model}")`,
      models: '',
      node: `(id: "${signal}")`,
      nodes: `(ids: ["ins_sim-a", "${signal}", "${model}", "ins_nobody"])`,
      performance: '(provenance: REPLAY)',
      serviceInfo: '',
      signal: `(id: "${signal}")`,
      signalEvents: '(first: 100)',
      signals: '(first: 100)',
    };
    const filled = new Set<string>();
    const query = schema.getQueryType();
    for (const [name, field] of Object.entries(query?.getFields() ?? {})) {
      const example = examples[name];
      if (example === undefined) throw new Error(`Query.${name} has no example here`);
      const answer = await played.ask(`{ ${name}${example} ${selectionOf(getNamedType(field.type))} }`);
      expect(answer[name], name).not.toBeNull();
      noteFilled(answer[name], getNamedType(field.type), filled);
    }
    const all = Object.values(schema.getTypeMap()).flatMap((type) =>
      isObjectType(type) && !type.name.startsWith('__') && !STREAM.has(type.name)
        ? Object.keys(type.getFields()).map((name) => `${type.name}.${name}`)
        : [],
    );
    expect(all.filter((name) => !filled.has(name)).sort()).toEqual(EMPTY_HERE);
  });

  it('says where instruments stand beside each other', async () => {
    const { featureRanks } = await played.ask<{ featureRanks: { rank: string; value: string }[] }>(
      '{ featureRanks(instruments: ["ins_sim-b", "ins_sim-a"], feature: rsi14) { rank value } }',
    );
    expect(featureRanks.map(({ rank }) => rank)).toEqual(['1.000000', '0.000000']);
    expect(Number(featureRanks[0]?.value)).toBeGreaterThan(Number(featureRanks[1]?.value));
  });

  it('tells raw and adjusted prices apart, and what is known of an instrument at a moment', async () => {
    const [first] = await played.allPages<Data>(
      'bars',
      'instrument: "ins_sim-b", adjustment: SPLIT_ADJUSTED,',
      1_000,
      '{ adjustment priceScale open }',
    );
    const { bars: raw } = await played.ask<{ bars: Page<Data> }>(
      '{ bars(instrument: "ins_sim-b", first: 1) { nodes { adjustment priceScale open } } }',
    );
    expect(raw.nodes[0]).toEqual({ ...first, adjustment: 'RAW' });
    expect(first).toMatchObject({ adjustment: 'SPLIT_ADJUSTED', priceScale: '2' });

    const { node } = await played.ask<{ node: { corporateActions: Page<Data>; tickers: Data[] } }>(
      `{ node(id: "ins_sim-b") { ... on Instrument {
           tickers { symbol mic from until }
           corporateActions(first: 10) { nodes { kind exDate ratio amount currency newSymbol } } } } }`,
    );
    const nothing = { ratio: null, amount: null, currency: null, newSymbol: null };
    expect(node.corporateActions.nodes).toEqual([
      { ...nothing, kind: 'LISTING', exDate: '2020-01-02' },
      { ...nothing, kind: 'SPLIT', exDate: '2026-10-01', ratio: '2:1' },
      { ...nothing, kind: 'DIVIDEND', exDate: '2026-10-12', amount: '0.25', currency: 'USD' },
      { ...nothing, kind: 'SYMBOL_CHANGE', exDate: '2028-01-03', newSymbol: 'SIMX' },
    ]);
    expect(node.tickers).toEqual([
      { symbol: 'SIMB', mic: 'XXXX', from: '2020-01-02', until: '2028-01-03' },
      { symbol: 'SIMX', mic: 'XXXX', from: '2028-01-03', until: '2028-06-01' },
    ]);
    const listed = async (asOf: string): Promise<unknown> =>
      (await played.ask<{ instruments: Page<Data> }>(`{ instruments(asOf: "${asOf}T12:00:00Z") { nodes { symbol } } }`))
        .instruments.nodes;
    expect(await listed('2019-01-02')).toEqual([{ symbol: 'SIMA' }]);
    expect(await listed('2026-10-20')).toEqual([{ symbol: 'SIMA' }, { symbol: 'SIMB' }]);
    expect(await listed('2028-02-01')).toEqual([{ symbol: 'SIMA' }, { symbol: 'SIMX' }]);
    expect(await listed('2028-07-01')).toEqual([{ symbol: 'SIMA' }]);
  });

  it('tells the words that signals name, and the commit of a model though no event speaks of it', async () => {
    type Found = {
      serviceInfo: { disclaimer: { id: string; text: string } };
      signals: { nodes: { disclaimer: string; modelVersion: { id: string; codeCommit: string } }[] };
      models: { nodes: { id: string; codeCommit: string }[] };
    };
    const { serviceInfo, signals, models } = await played.ask<Found>(
      `{ serviceInfo { disclaimer { id text } } models { nodes { id codeCommit } }
         signals(first: 1) { nodes { disclaimer modelVersion { id codeCommit } } } }`,
    );
    expect(serviceInfo.disclaimer.text).toContain('no investment advice');
    expect(signals.nodes[0]?.disclaimer).toBe(serviceInfo.disclaimer.id);
    expect(models.nodes.map(({ codeCommit }) => codeCommit)).toEqual(['0123abc']);
    expect(signals.nodes[0]?.modelVersion).toEqual(models.nodes[0]);
    const { rows } = await played.store.pool.query(`select count(*) as n from event_log where body like '%0123abc%'`);
    expect(rows[0].n).toBe(0);
  });

  /** Types that only mutations and subscriptions answer with, keys that nobody has made, and the roots. */
  const STREAM = new Set([
    'ApiKey',
    'BarBatch',
    'Mutation',
    'NewApiKey',
    'Query',
    'SignalAcknowledgement',
    'Subscription',
    'SignalEventBatch',
    'StreamCheckpoint',
    'StreamProblem',
  ]);
  /** No FIGI is known of an invented company, nothing keeps the service from publishing, and nothing was split while a signal ran. */
  const EMPTY_HERE = [
    'Instrument.figi',
    'Outcome.splitFactor',
    'ServiceInfo.publicationNotice',
    'SignalEvent.splitFactor',
    'SignalInstrument.figi',
  ];
});

/** Every field below a type, each type once on a way. */
function selectionOf(type: GraphQLNamedType, way: readonly string[] = []): string {
  if (isLeafType(type)) return '';
  if (isInterfaceType(type)) {
    const objects = schema.getPossibleTypes(type).map((object) => `... on ${object.name} ${selectionOf(object, way)}`);
    return `{ __typename ${objects.join(' ')} }`;
  }
  if (!isObjectType(type)) throw new Error(`no selection for ${type.name}`);
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const named = getNamedType(field.type);
    if (way.includes(named.name)) return [];
    // Two types of a union may call different things by one name.
    return [
      `${way.length === 0 && !isLeafType(named) ? `${field.name}: ` : ''}${field.name} ${selectionOf(named, [...way, type.name])}`,
    ];
  });
  return `{ __typename ${fields.join(' ')} }`;
}

/** Notes which fields of which types had a value. */
function noteFilled(value: unknown, type: GraphQLNamedType, filled: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) noteFilled(item, type, filled);
    return;
  }
  if (typeof value !== 'object' || value === null || !('__typename' in value)) return;
  const object = schema.getType(String(value.__typename));
  if (!isObjectType(object)) throw new Error(`unknown type ${String(value.__typename)}`);
  for (const [name, inner] of Object.entries(value)) {
    const field = object.getFields()[name];
    if (field === undefined) continue;
    if (inner !== null) filled.add(`${object.name}.${name}`);
    expect(inner === null && isNonNullType(field.type)).toBe(false);
    noteFilled(inner, getNamedType(field.type), filled);
  }
}
