import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import {
  buildSchema,
  type GraphQLNamedType,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isNonNullType,
  isObjectType,
  OperationTypeNode,
} from 'graphql';
import { type Client, createClient } from 'graphql-ws/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resumableLink } from '../../client/apollo.ts';
import { follow } from '../../client/follow.ts';
import { resumable } from '../../client/graphql-ws.ts';
import { catalogue } from '../metrics/catalogue.ts';
import { libraryFamilies } from '../metrics/library.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { inventMarket, type TestMarket } from '../testing/market.ts';
import { csvOf, ServiceProcess } from '../testing/service.ts';

const folder = mkdtempSync(join(tmpdir(), 'heliograph-end-to-end-'));
const bars = join(folder, 'invented.csv');
const actions = join(folder, 'actions.csv');
/** One was split before its first bar; nothing is split, nor named otherwise, while there are bars. */
const ACTIONS = [
  'instrument,kind,ex_date,ratio,amount,currency,new_symbol,announced',
  'SIMB,SPLIT,2026-10-01,2:1,,,,',
  'SIMB,LISTING,2020-01-02,,,,,',
  'SIMB,DIVIDEND,2026-10-12,,0.25,USD,,',
  'SIMB,SYMBOL_CHANGE,2028-01-03,,,,SIMX,2026-10-01T12:00:00Z',
  'SIMB,DELISTING,2028-06-01,,,,,2028-05-01T12:00:00Z',
].join('\n');
const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../schema.graphql'), 'utf8'));

let market: TestMarket;
let store: TestStore;
let service: ServiceProcess;
beforeAll(async () => {
  market = await inventMarket({ historySessions: 4, liveSessions: 4 });
  store = await openTestStore('service');
  writeFileSync(bars, csvOf(market.source, upToSession(6)));
  writeFileSync(actions, ACTIONS);
  service = await ServiceProcess.start(store, bars, ['--actions', actions]);
  await settled();
}, 90_000);
afterAll(async () => {
  await service?.stop('SIGKILL');
  await store?.dispose();
  rmSync(folder, { recursive: true });
});

/** Four sessions to learn from and some to decide in. */
function upToSession(sessions: number) {
  const all = [...market.history, ...market.live];
  const dates = [...new Set(all.map(({ knownTime }) => dateOf(knownTime)))];
  return all.filter(({ knownTime }) => dates.indexOf(dateOf(knownTime)) < sessions);
}
const dateOf = (instant: number): string => new Date(instant).toISOString().slice(0, 10);

/** Waits until the engine has decided on every bar of the file. */
async function settled(): Promise<void> {
  const total = readFileSync(bars, 'utf8').trimEnd().split('\n').length - 1;
  for (const end = performance.now() + 60_000; performance.now() < end; await sleep(50)) {
    const { rows } = await store.pool.query<{ ingest_seq: number }>('select ingest_seq from engine_position');
    if (rows[0]?.ingest_seq === total) return;
  }
  throw new Error(`the engine did not come to bar ${total}:\n${service.output}`);
}
const head = async (): Promise<number> =>
  (await store.pool.query(`select last_seq from stream_head where stream = 'public'`)).rows[0].last_seq;
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

type Data = Record<string, unknown>;
type ShownError = { message: string; locations?: unknown; path?: unknown; extensions: { code: string } };
type Answer = { data?: Data | null; errors?: ShownError[] };

async function post(query: string, variables: Data = {}): Promise<Answer> {
  const response = await fetch(`${service.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}

/** The answer to a query that must have no error. */
async function ask<T = Data>(query: string, variables: Data = {}): Promise<T> {
  const { data, errors } = await post(query, variables);
  expect(errors).toBeUndefined();
  return data as T;
}

type Page<T> = {
  edges: { cursor: string; node: T }[];
  nodes: T[];
  pageInfo: { startCursor: string | null; endCursor: string | null; hasNextPage: boolean; hasPreviousPage: boolean };
};
const PAGE_INFO = 'pageInfo { startCursor endCursor hasNextPage hasPreviousPage }';

/** All pages of a list, from its beginning to its end or the other way round, each held to what a connection promises. */
async function allPages<T>(
  field: string,
  args: string,
  size: number,
  selection: string,
  backward = false,
): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | null = null;
  for (let more = true; more; ) {
    const place: string = backward ? `last: ${size}, before: $cursor` : `first: ${size}, after: $cursor`;
    const query = `query ($cursor: Cursor) { list: ${field}(${args} ${place}) { edges { cursor node ${selection} } nodes ${selection} ${PAGE_INFO} } }`;
    const { list }: { list: Page<T> } = await ask(query, { cursor });
    expect(list.nodes).toEqual(list.edges.map(({ node }) => node));
    expect(list.pageInfo.startCursor).toBe(list.edges.at(0)?.cursor ?? null);
    expect(list.pageInfo.endCursor).toBe(list.edges.at(-1)?.cursor ?? null);
    expect(backward ? list.pageInfo.hasNextPage : list.pageInfo.hasPreviousPage).toBe(cursor !== null);
    if (backward) found.unshift(...list.nodes);
    else found.push(...list.nodes);
    more = backward ? list.pageInfo.hasPreviousPage : list.pageInfo.hasNextPage;
    if (more) expect(list.nodes).toHaveLength(size);
    cursor = backward ? list.pageInfo.startCursor : list.pageInfo.endCursor;
  }
  return found;
}

describe('the schema', () => {
  it('answers every query with every field, and leaves none of them empty throughout', async () => {
    const { signals, models } = await ask<{
      signals: { nodes: { id: string }[] };
      models: { nodes: { id: string }[] };
    }>('{ signals(first: 1) { nodes { id } } models(first: 1) { nodes { id } } }');
    const [signal, model] = [signals.nodes[0]?.id ?? '', models.nodes[0]?.id ?? ''];
    const open = new Date(market.live[100]?.knownTime ?? 0).toISOString();
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
      const answer = await ask(`{ ${name}${example} ${selectionOf(getNamedType(field.type))} }`);
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
    const { featureRanks } = await ask<{ featureRanks: { rank: string; value: string }[] }>(
      '{ featureRanks(instruments: ["ins_sim-b", "ins_sim-a"], feature: rsi14) { rank value } }',
    );
    expect(featureRanks.map(({ rank }) => rank)).toEqual(['1.000000', '0.000000']);
    expect(Number(featureRanks[0]?.value)).toBeGreaterThan(Number(featureRanks[1]?.value));
  });

  it('tells raw and adjusted prices apart, and what is known of an instrument at a moment', async () => {
    const [first] = await allPages<Data>(
      'bars',
      'instrument: "ins_sim-b", adjustment: SPLIT_ADJUSTED,',
      1_000,
      '{ adjustment priceScale open }',
    );
    const { bars: raw } = await ask<{ bars: Page<Data> }>(
      '{ bars(instrument: "ins_sim-b", first: 1) { nodes { adjustment priceScale open } } }',
    );
    expect(raw.nodes[0]).toEqual({ ...first, adjustment: 'RAW' });
    expect(first).toMatchObject({ adjustment: 'SPLIT_ADJUSTED', priceScale: '2' });

    const { node } = await ask<{ node: { corporateActions: Page<Data>; tickers: Data[] } }>(
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
      (await ask<{ instruments: Page<Data> }>(`{ instruments(asOf: "${asOf}T12:00:00Z") { nodes { symbol } } }`))
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
    const { serviceInfo, signals, models } = await ask<Found>(
      `{ serviceInfo { disclaimer { id text } } models { nodes { id codeCommit } }
         signals(first: 1) { nodes { disclaimer modelVersion { id codeCommit } } } }`,
    );
    expect(serviceInfo.disclaimer.text).toContain('no investment advice');
    expect(signals.nodes[0]?.disclaimer).toBe(serviceInfo.disclaimer.id);
    expect(models.nodes.map(({ codeCommit }) => codeCommit)).toEqual(['0123abc']);
    expect(signals.nodes[0]?.modelVersion).toEqual(models.nodes[0]);
    const { rows } = await store.pool.query(`select count(*) as n from event_log where body like '%0123abc%'`);
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

describe('lists', () => {
  it.each([7, 100])('of signals come newest first, whole in either direction, %i at a time', async (size) => {
    const selection = '{ id publishedAt }';
    type Row = { id: string; publishedAt: string };
    const forward = await allPages<Row>('signals', '', size, selection);
    const { rows } = await store.pool.query<{ id: string }>(
      'select id from signal order by published_at desc, id desc',
    );
    expect(forward.map(({ id }) => id)).toEqual(rows.map(({ id }) => `sig_${id}`));
    expect(rows.length).toBeGreaterThan(20);
    expect(await allPages<Row>('signals', '', size, selection, true)).toEqual(forward);
  });

  it('of signals can be of one instrument and of some states', async () => {
    type Row = { instrument: { id: string }; state: string };
    const found = await allPages<Row>(
      'signals',
      'instruments: ["ins_sim-a"], states: [STOP_HIT, TIME_EXIT]',
      5,
      '{ instrument { id } state }',
    );
    expect(found.length).toBeGreaterThan(3);
    expect(found.every(({ instrument }) => instrument.id === 'ins_sim-a')).toBe(true);
    expect(new Set(found.map(({ state }) => state))).toEqual(
      new Set(['STOP_HIT', 'TIME_EXIT'].filter((state) => found.some((row) => row.state === state))),
    );
  });

  it('of what happened to signals are the log, and their cursors those of the subscription', async () => {
    type Row = { seq: number; cursor: string; type: string };
    const last = await head();
    const forward = await allPages<Row>('signalEvents', '', 40, '{ seq cursor type }');
    expect(forward.map(({ seq }) => seq)).toEqual(upTo(last));
    expect(await allPages<Row>('signalEvents', '', 40, '{ seq cursor type }', true)).toEqual(forward);
    const published = await allPages<Row>(
      'signalEvents',
      'filter: { eventTypes: [PUBLISHED] },',
      10,
      '{ seq cursor type }',
    );
    expect(published.map(({ seq }) => seq)).toEqual(
      forward.filter(({ type }) => type === 'PUBLISHED').map(({ seq }) => seq),
    );

    const from = forward[last - 4];
    const leave = new AbortController();
    const seqs: number[] = [];
    for await (const { events } of follow({ url: service.webSocketUrl, after: from?.cursor, signal: leave.signal })) {
      seqs.push(...events.map(({ seq }) => seq));
      if (seqs.includes(last)) leave.abort();
    }
    expect(seqs).toEqual([last - 2, last - 1, last]);
  });

  it('of what happened to signals can be held to the chain of the log', async () => {
    type Row = { seq: number; prevHash: string; hash: string };
    const events = await allPages<Row>('signalEvents', '', 40, '{ seq prevHash hash }');
    const { rows: stored } = await store.pool.query<{ seq: number; body: string }>(
      'select seq, body from event_log order by seq',
    );
    let before: Buffer = Buffer.alloc(32);
    for (const [index, { seq, prevHash, hash }] of events.entries()) {
      const place = Buffer.alloc(8);
      place.writeBigInt64BE(BigInt(seq));
      const expected = createHash('sha256')
        .update(before)
        .update(place)
        .update(stored[index]?.body ?? '');
      expect(prevHash).toBe(before.toString('hex'));
      before = expected.digest();
      expect(hash).toBe(before.toString('hex'));
    }
    expect(events).toHaveLength(await head());
  });

  it('of bars go through a session, as of any moment', async () => {
    const first = market.live[0]?.bars[0];
    const from = new Date(first?.barStart ?? 0).toISOString();
    const args = `instrument: "ins_${first?.instrumentId}", from: "${from}",`;
    type Row = { barStart: string; close: string };
    const all = await allPages<Row>('bars', args, 300, '{ barStart close }');
    expect(await allPages<Row>('bars', args, 300, '{ barStart close }', true)).toEqual(all);
    expect(all[0]).toEqual({ barStart: from, close: first?.close });
    const asOf = new Date((first?.barStart ?? 0) + 10 * 60_000).toISOString();
    const known = await allPages<Row>('bars', `${args} asOf: "${asOf}",`, 100, '{ barStart close }');
    expect(known).toEqual(all.slice(0, known.length));
    expect(known.length).toBeLessThanOrEqual(10);
    expect(known.length).toBeGreaterThan(5);
  });

  it('find one thing by its id, and nothing by the id of nothing', async () => {
    const { signals } = await ask<{ signals: { nodes: { id: string; dedupKey: string }[] } }>(
      '{ signals(first: 1) { nodes { id dedupKey } } }',
    );
    const [signal] = signals.nodes;
    const found = await ask('query ($id: ID!) { node(id: $id) { __typename id } signal(id: $id) { dedupKey } }', {
      id: signal?.id,
    });
    expect(found).toEqual({ node: { __typename: 'Signal', id: signal?.id }, signal: { dedupKey: signal?.dedupKey } });
    const nothing = 'sig_00000000-0000-8000-8000-000000000000';
    expect(
      await ask(
        'query ($id: ID!) { node(id: $id) { id } signal(id: $id) { id } modelVersion(id: "mod_none@1") { id } }',
        { id: nothing },
      ),
    ).toEqual({
      node: null,
      signal: null,
      modelVersion: null,
    });
  });
});

const listCursor = (list: string, key: string): string =>
  Buffer.from(JSON.stringify([1, list, key])).toString('base64url');
const nested = (levels: number): string => `${'{ not: '.repeat(levels)}{}${' }'.repeat(levels)}`;
const CLIENT_CODES = [
  'INVALID_INPUT',
  'BAD_CURSOR',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'DOCUMENT_TOO_COMPLEX',
];

describe('a mistake in a query', () => {
  const signals = (args: string) => `{ signals(${args}) { nodes { id } } }`;
  const barsOf = (args: string) => `{ bars(${args}) { nodes { close } } }`;
  const events = (args: string) => `{ signalEvents(${args}) { nodes { seq } } }`;
  const someBars = (args: string) => barsOf(`instrument: "ins_sim-a", ${args}`);

  it.each(
    [
      [signals('first: 0'), 'first is "0", expected an integer from 1 to 100'],
      [signals('first: 101'), 'first is "101", expected an integer from 1 to 100'],
      [signals('last: -1'), 'last is "-1", expected an integer from 1 to 100'],
      [signals('first: 1, last: 1'), 'last is "1", expected not to be given together with first or after'],
      [signals('first: 1, before: "abc"'), 'before is "abc", expected to be given with last'],
      [signals('first: "x"'), 'Int cannot represent non-integer value: "x"'],
      [signals('after: "!"'), 'Cursor is "!", expected a cursor exactly as it was received'],
      [signals(`after: "${listCursor('instruments', 'x')}"`), 'expected a cursor of signals as it was received'],
      [signals(`after: "${listCursor('signals', 'x y')}"`), 'expected a cursor of signals as it was received'],
      [
        signals(`after: "${listCursor('signals', '1 00000000-0000')}"`),
        'expected a cursor of signals as it was received',
      ],
      [signals('instruments: ["spy"]'), 'instruments is "spy", expected an id as this service gave it'],
      [signals('instruments: ["ins_\\u0000"]'), 'A text is "ins_\\u0000", expected one without the character U+0000'],
      [signals('states: [NOPE]'), 'Value "NOPE" does not exist in "SignalState" enum'],
      ['{ signal(id: "ins_sim-a") { id } }', 'id is "ins_sim-a", expected the id of a Signal'],
      [`{ signal(id: "sig_${'-'.repeat(36)}") { id } }`, 'expected an id as this service gave it'],
      ['{ node(id: "nonsense") { id } }', 'id is "nonsense", expected an id as this service gave it'],
      [
        `{ nodes(ids: ${JSON.stringify(Array(101).fill('ins_a'))}) { id } }`,
        'ids is "101 values", expected at most 100',
      ],
      ['{ modelVersion(id: "mod_\\u0000@1") { id } }', 'expected one without the character U+0000'],
      ['{ models(last: 1) { nodes { id } } }', 'last is "1", expected first and after'],
      [`{ models(after: "${listCursor('models', 'x')}") { nodes { id } } }`, 'expected a cursor of models'],
      ['{ instruments(symbols: ["\\u0000"]) { nodes { id } } }', 'expected one without the character U+0000'],
      [
        `{ instruments(after: "${listCursor('instruments', '\0')}") { nodes { id } } }`,
        'expected a cursor of instruments',
      ],
      [barsOf('instrument: "sig_00000000-0000-8000-8000-000000000000"'), 'expected the id of an Instrument'],
      [barsOf(''), 'Expected Name'],
      [
        '{ featureRanks(instruments: ["ins_sim-a"], feature: rsi14) { rank } }',
        'instruments is "1", expected 2 to 100',
      ],
      [
        '{ featureRanks(instruments: ["ins_sim-a", "ins_sim-b"], feature: rsi14, timeframe: ONE_HOUR) { rank } }',
        'expected one of 1m, 1d: features are made of the bars of feeds',
      ],
      [someBars('first: 1001'), 'first is "1001", expected an integer from 1 to 1000'],
      [someBars(`after: "${listCursor('bars', 'x')}"`), 'expected a cursor of bars as it was received'],
      [someBars('from: "yesterday"'), 'yesterday'],
      [someBars('until: "2026-02-30T00:00:00Z"'), '2026-02-30T00:00:00Z'],
      [
        someBars('from: "2026-02-03T00:00:00Z", until: "2026-02-02T00:00:00Z"'),
        'until is "2026-02-02T00:00:00.000Z", expected an instant not before from (2026-02-03T00:00:00.000Z)',
      ],
      [
        someBars('from: "0000-01-01T00:00:00Z"'),
        'from is "0000-01-01T00:00:00.000Z", expected a moment from the year 1 on',
      ],
      [
        '{ calendar(calendar: "LONDON", from: "2026-01-01", until: "2026-01-02") { open } }',
        'calendar is "LONDON", expected one of XNYS, 24x7',
      ],
      [
        '{ calendar(from: "2026-13-01", until: "2026-01-02") { open } }',
        'Date is "2026-13-01", expected a date such as',
      ],
      [
        '{ calendar(from: "2026-02-30", until: "2026-03-02") { open } }',
        'Date is "2026-02-30", expected a date such as',
      ],
      [
        '{ calendar(from: "2026-03-30", until: "2026-03-02") { open } }',
        'until is "2026-03-02", expected a date not before from',
      ],
      [
        '{ calendar(from: "2014-01-01", until: "2016-01-02") { open } }',
        'until is "2016-01-02", expected at most 400 days after from',
      ],
      [
        '{ marketSession(at: "1990-01-01T00:00:00Z") { open } }',
        'at is "1990-01-01T00:00:00.000Z", expected a moment of calendar XNYS',
      ],
      ['{ performance(provenance: NONE) { n } }', 'Value "NONE" does not exist in "Provenance" enum'],
      [
        '{ performance(provenance: REPLAY, asOf: "0000-01-01T00:00:00Z") { n } }',
        'expected a moment from the year 1 on',
      ],
      [
        events(`after: "${listCursor('signals', 'x')}"`),
        'expected a cursor of this service exactly as it was received',
      ],
      [
        events('filter: { instruments: ["sim-a"] }'),
        'filter.instruments is "sim-a", expected an id as this service gave it',
      ],
      [events(`filter: ${nested(5)}`), 'filter is "6 levels", expected at most 5 levels'],
      [events(`filter: ${nested(4_000)}`), 'The document has "36046" characters, expected at most 15000'],
      [events(`filter: ${nested(400)}`), 'The document has more than 1000 tokens'],
      [events('filter: { minConfidence: "2" }'), 'filter.minConfidence is "2", expected a decimal from 0 to 1'],
      [events('filter: { minConfidence: "abc" }'), 'Decimal is "abc", expected decimal text such as'],
      [events('filter: { nope: 1 }'), 'Field "nope" is not defined by type "SignalFilter"'],
      ['{ nope }', 'Cannot query field "nope" on type "Query"'],
      ['{ signals(', 'Syntax Error'],
      ['', 'This is no request that is answered here, expected one object'],
      ['query A { health { status } } query B { health { status } }', 'operationName is missing'],
      ['subscription { signalEvents { __typename } }', 'The operation is a "subscription", expected a query'],
    ].map(([query = '', message = '']) => ({ query, message })),
  )('is answered: … $message …', async ({ query, message }) => {
    const answer = await post(query);
    expect(answer.errors).toHaveLength(1);
    const [error] = answer.errors ?? [];
    expect(error?.message).toContain(message);
    expect(CLIENT_CODES).toContain(error?.extensions.code);
    expect(Object.keys(error?.extensions ?? {})).toEqual(['code']);
    expect(JSON.stringify(answer)).not.toMatch(/stack|node_modules|\.ts:/i);
  });

  it('is found in variables as well, and named there', async () => {
    const { errors } = await post(
      'query ($first: Int, $after: Cursor) { signals(first: $first, after: $after) { nodes { id } } }',
      { first: 'x', after: '!' },
    );
    expect(errors?.map(({ message }) => message)).toEqual([
      'Variable "$first" got invalid value "x"; Int cannot represent non-integer value: "x"',
      'Variable "$after" got invalid value "!"; Cursor is "!", expected a cursor exactly as it was received',
    ]);
    const deep = `{"query":"query ($f: SignalFilter) { signalEvents(filter: $f) { nodes { seq } } }","variables":{"f":${'{"not":'.repeat(9_000)}{}${'}'.repeat(9_000)}}}`;
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: deep,
    });
    expect(await response.json()).toEqual({
      errors: [{ message: 'The request is nested too deeply.', extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });

  it('does not continue a cursor under another filter', async () => {
    const { signalEvents } = await ask<{ signalEvents: Page<unknown> }>(`{ signalEvents(first: 1) { ${PAGE_INFO} } }`);
    const { errors } = await post(
      'query ($after: Cursor) { signalEvents(after: $after, filter: { mic: ["ARCX"] }) { nodes { seq } } }',
      {
        after: signalEvents.pageInfo.endCursor,
      },
    );
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining('expected a cursor that was made under the same filter'),
      extensions: { code: 'INVALID_INPUT' },
    });
  });
});

describe('HTTP', () => {
  const send = (init: RequestInit, path = '/graphql') => fetch(`${service.url}${path}`, init);
  const json = { 'content-type': 'application/json' };

  it('refuses what a foreign page could send, several operations at once, and what is too large or no JSON', async () => {
    const query = '{"query":"{ health { status } }"}';
    const text = { 'content-type': 'text/plain' };
    expect(await told({}, '/graphql?query=%7Bhealth%7Bstatus%7D%7D')).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(await told({ method: 'POST', headers: text, body: query })).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(await told({ method: 'POST', headers: json, body: `[${query}]` })).toEqual([400, 'BAD_REQUEST']);
    expect(await told({ method: 'POST', headers: json, body: '{"variables":{}}' })).toEqual([400, 'BAD_REQUEST']);
    expect(await told({ method: 'POST', headers: json, body: ' '.repeat(200_000) })).toEqual([413, 'BODY_TOO_LARGE']);
    expect(await told({ method: 'POST', headers: json, body: '{' })).toEqual([400, 'BAD_JSON']);
    expect(await told({}, '/nowhere')).toEqual([404, 'NOT_FOUND']);
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('says which methods there are to a %s', async (method) => {
    const answer = await send({ method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await told({ method })).toEqual([405, 'METHOD_NOT_ALLOWED']);
  });

  /** Status and code of a refusal, whose words have to be ours. */
  async function told(init: RequestInit, path?: string): Promise<[number, string | undefined]> {
    const answer = await send(init, path);
    const body = await answer.text();
    expect(body).not.toMatch(/FST_|[Ff]astify|[Aa]pollo|CSRF|preflight|[Bb]atching| at .*\.[jt]s/);
    const { error, errors } = JSON.parse(body) as { error?: { code: string }; errors?: ShownError[] };
    return [answer.status, error?.code ?? errors?.[0]?.extensions.code];
  }

  it('shows GraphiQL to a browser, from here alone', async () => {
    const page = await send({ headers: { accept: 'text/html' } });
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"|from '([^']+)'/g)].map(
      (match) => match[1] ?? match[2] ?? '',
    );
    expect(files.length).toBeGreaterThan(3);
    for (const file of files.filter((name) => name !== 'data:,')) {
      expect(file).toMatch(/^\/graphql\/assets\//);
      expect((await send({}, file)).status, file).toBe(200);
    }
  });

  it('answers the probes on both ports, and tells more on the internal one alone', async () => {
    for (const path of ['/livez', '/readyz', '/startupz', '/health', '/api/v1/health', '/api/v1/readiness']) {
      for (const url of [service.url, service.internalUrl])
        expect((await fetch(url + path)).status, url + path).toBe(200);
    }
    for (const path of ['/metrics', '/health/detailed']) {
      expect((await fetch(service.url + path)).status).toBe(404);
      expect((await fetch(service.internalUrl + path)).status).toBe(200);
    }
    expect((await fetch(`${service.internalUrl}/graphql`)).status).toBe(404);
    const report = (await (await fetch(`${service.internalUrl}/health/detailed`)).json()) as { checks: object };
    expect(Object.keys(report)).toContain('system');
    expect(Object.keys(report.checks).sort()).toEqual(['cache', 'database', 'external_api']);
  });

  it('shows no metric that is not in the catalogue', async () => {
    const page = await (await fetch(`${service.internalUrl}/metrics`)).text();
    const emitted = [...page.matchAll(/^# TYPE (\S+) /gm)].map((match) => match[1] ?? '');
    const known = new Set<string>([...Object.values(catalogue), ...libraryFamilies].map(({ name }) => name));
    expect(emitted.length).toBeGreaterThan(20);
    expect(emitted.filter((name) => !known.has(name))).toEqual([]);
    expect(page).toMatch(/^signals_published_total\{.*\} [1-9]/m);
    expect(page).toMatch(/^graphql_requests_total\{.*outcome="client_error".*\} [1-9]/m);
    expect(/^graphql_requests_total\{.*outcome="server_error".*\} [1-9]/m.exec(page)).toBeNull();
  });

  it.each([
    ['/graphql', 101],
    ['/', 404],
    ['/graphql/x', 404],
    ['/metrics', 404],
  ])('answers an upgrade to a WebSocket at %s with %i', async (path, status) => {
    expect(await upgrade(path)).toBe(status);
  });

  it('has nothing to say in its log about all of this', () => {
    expect(service.output).not.toMatch(/"level":"error"|Internal error/);
  });
});

function upgrade(path: string): Promise<number> {
  const headers = {
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': 'graphql-transport-ws',
  };
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: service.port, path, headers });
    sent.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    sent.on('response', (response) => resolve(response.resume().statusCode ?? 0));
    sent.on('error', reject);
    sent.end();
  });
}

const SUBSCRIPTION = `subscription ($after: Cursor, $from: StreamStart, $filter: SignalFilter, $maxBatch: Int) {
  signalEvents(after: $after, from: $from, filter: $filter, maxBatch: $maxBatch) {
    __typename
    ... on SignalEventBatch { events { seq type signal { id } } cursor previousCursor }
    ... on StreamCheckpoint { cursor previousCursor live }
    ... on StreamProblem { code retryAfterMs }
  }
}`;
type Item = { __typename: string; events?: { seq: number }[]; live?: boolean; code?: string };

const activeSubscriptions = async (): Promise<number> => {
  const page = await (await fetch(`${service.internalUrl}/metrics`)).text();
  return Number(/^graphql_subscriptions_active\{.*\} (\d+)/m.exec(page)?.[1] ?? 0);
};

describe('a mistake over a WebSocket', () => {
  let client: Client;
  const closes: number[] = [];
  beforeAll(() => {
    client = createClient({
      url: service.webSocketUrl,
      lazy: false,
      retryAttempts: 0,
      on: { closed: (event) => closes.push((event as CloseEvent).code) },
    });
  });
  afterAll(() => client.dispose());

  const answerTo = (query: string, variables: Data = {}): Promise<ShownError[] | Answer> =>
    new Promise((resolve) => {
      client.subscribe(
        { query, variables },
        {
          next: (answer) => resolve(answer as unknown as Answer),
          error: (error) => resolve(error as unknown as ShownError[]),
          complete: () => resolve({}),
        },
      );
    });

  it.each(
    (
      [
        ['subscription {', {}, 'Syntax Error', 'GRAPHQL_PARSE_FAILED'],
        ['', {}, 'This is no request that is answered here', 'BAD_REQUEST'],
        ['subscription { nope }', {}, 'Cannot query field "nope"', 'GRAPHQL_VALIDATION_FAILED'],
        [SUBSCRIPTION, { after: '!' }, 'Variable "$after" got invalid value "!"; Cursor is "!"', 'BAD_USER_INPUT'],
        [SUBSCRIPTION, { after: 'abc' }, 'after is "abc", expected a cursor of this service', 'BAD_CURSOR'],
        [SUBSCRIPTION, { maxBatch: 'x' }, 'Int cannot represent non-integer value: "x"', 'BAD_USER_INPUT'],
        [SUBSCRIPTION, { maxBatch: 0 }, 'maxBatch is "0", expected an integer from 1 to 500', 'INVALID_INPUT'],
        [SUBSCRIPTION, { maxBatch: 501 }, 'maxBatch is "501", expected an integer from 1 to 500', 'INVALID_INPUT'],
        [SUBSCRIPTION, { from: 'MIDDLE' }, 'does not exist in "StreamStart" enum', 'BAD_USER_INPUT'],
        [SUBSCRIPTION, { filter: { minConfidence: '7' } }, 'filter.minConfidence is "7"', 'INVALID_INPUT'],
        [
          SUBSCRIPTION,
          { filter: JSON.parse(nested(6).replaceAll('not', '"not"')) },
          'filter is "6 levels"',
          'INVALID_INPUT',
        ],
        ['{ signals(first: 0) { nodes { id } } }', {}, 'first is "0"', 'INVALID_INPUT'],
        [
          'query A { health { status } } query B { health { status } }',
          {},
          'operationName is missing, expected the name of one of the 2 operations',
          'OPERATION_RESOLUTION_FAILURE',
        ],
      ] satisfies [string, Data, string, string][]
    ).map(([query, variables, message, code]) => ({ query, variables, message, code })),
  )(
    'is answered with $code, and costs nobody the socket: … $message …',
    async ({ query, variables, message, code }) => {
      const answer = await answerTo(query, variables);
      const [error] = Array.isArray(answer) ? answer : (answer.errors ?? []);
      expect(error?.message).toContain(message);
      expect(error?.extensions).toEqual({ code });
      expect(await answerTo('{ health { status } }')).toEqual({ data: { health: { status: 'HEALTHY' } } });
      expect(closes).toEqual([]);
    },
  );

  it('is answered as well when it is too deep to be read', async () => {
    const socket = new WebSocket(service.webSocketUrl, 'graphql-transport-ws');
    const messages: string[] = [];
    socket.addEventListener('message', ({ data }) => messages.push(String(data)));
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    socket.send('{"type":"connection_init"}');
    await expect.poll(() => messages).toEqual(['{"type":"connection_ack"}']);
    const query = 'query ($f: SignalFilter) { signalEvents(filter: $f) { nodes { seq } } }';
    const levels = 7_900;
    const filter = `${'{"not":'.repeat(levels)}{}${'}'.repeat(levels)}`;
    socket.send(`{"id":"1","type":"subscribe","payload":{"query":"${query}","variables":{"f":${filter}}}}`);
    await expect.poll(() => messages.length).toBe(2);
    const payload = [{ message: 'The request is nested too deeply.', extensions: { code: 'BAD_USER_INPUT' } }];
    expect(JSON.parse(messages[1] ?? '')).toEqual({ id: '1', type: 'error', payload });
    socket.close();
  });

  it('leaves no subscription behind in the counts', async () => {
    expect(await activeSubscriptions()).toBe(0);
    const items: Item[] = [];
    const leave = client.subscribe<{ signalEvents: Item }>(
      { query: SUBSCRIPTION, variables: { from: 'LIVE' } },
      {
        next: ({ data }) => void items.push(data?.signalEvents as Item),
        error: () => undefined,
        complete: () => undefined,
      },
    );
    await expect.poll(() => items.length).toBeGreaterThan(0);
    expect(await activeSubscriptions()).toBe(1);
    leave();
    // At once, not when the next event or sign of life is due.
    await expect.poll(activeSubscriptions, { timeout: 2_000, interval: 50 }).toBe(0);
    expect(closes).toEqual([]);
  });
});

describe('a restart of the server', () => {
  it('is survived by programs of graphql-ws and Apollo Client as they are published, and with our wrapper without a repetition', {
    timeout: 120_000,
  }, async () => {
    const [plain, apollo] = [webSocketProgram((client) => client), apolloProgram([])];
    const [plainResumed, apolloResumed, ours] = [
      webSocketProgram((client) => resumable(client)),
      apolloProgram([resumableLink()]),
      ourProgram(),
    ];
    const programs = [plain, apollo, plainResumed, apolloResumed, ours];
    const before = await head();
    for (const program of programs) await expect.poll(() => program.seqs.at(-1), { timeout: 20_000 }).toBe(before);
    expect(await apollo.query()).toBe('HEALTHY');
    expect(await activeSubscriptions()).toBe(5);

    expect(await service.stop()).toBe(0);
    expect(service.output).toContain('Stopped.');
    expect(service.output).toMatch(/log +\d+ events, hash chain holds/);
    expect(plain.problems).toEqual(['SHUTTING_DOWN']);
    await expect.poll(() => plain.closes).toEqual([1012]);

    writeFileSync(bars, csvOf(market.source, upToSession(8)));
    await service.start();
    await settled();
    const after = await head();
    expect(after).toBeGreaterThan(before + 20);
    for (const program of programs) await expect.poll(() => program.seqs.at(-1), { timeout: 30_000 }).toBe(after);
    expect(await apollo.query()).toBe('HEALTHY');

    // A published client asks again as it asked at first, from the beginning: it gets all of it, twice what came before.
    for (const program of [plain, apollo]) {
      expect(program.completed).toBe(false);
      expect([...new Set(program.seqs)]).toEqual(upTo(after));
    }
    for (const program of [plainResumed, apolloResumed, ours]) expect(program.seqs).toEqual(upTo(after));
    for (const program of programs) await program.end();
    await expect.poll(activeSubscriptions, { timeout: 5_000 }).toBe(0);
  });
});

const VARIABLES = { from: 'BEGINNING', maxBatch: 100 };
// As the documentation of graphql-ws has it for a server that is not there: without shouldRetry only a closed socket is opened again.
const retry = { retryAttempts: 400, retryWait: () => sleep(50), shouldRetry: () => true };

function webSocketProgram(wrap: (published: Client) => Client) {
  const program = { seqs: [] as number[], problems: [] as string[], closes: [] as number[], completed: false };
  const published = createClient({
    url: service.webSocketUrl,
    ...retry,
    on: {
      closed: (event) => void ((event as CloseEvent).code !== 1006 && program.closes.push((event as CloseEvent).code)),
    },
  });
  const client = wrap(published);
  client.subscribe<{ signalEvents: Item }>(
    { query: SUBSCRIPTION, variables: VARIABLES },
    {
      next: ({ data }) => {
        program.seqs.push(...(data?.signalEvents.events ?? []).map(({ seq }) => seq));
        if (data?.signalEvents.code !== undefined) program.problems.push(data.signalEvents.code);
      },
      error: () => undefined,
      complete: () => {
        program.completed = true;
      },
    },
  );
  return Object.assign(program, { end: async () => client.dispose() });
}

function apolloProgram(before: readonly ApolloLink[]) {
  const sockets = ApolloLink.from([
    ...before,
    new GraphQLWsLink(createClient({ url: service.webSocketUrl, ...retry })),
  ]);
  const http = new HttpLink({ uri: `${service.url}/graphql` });
  const client = new ApolloClient({
    link: ApolloLink.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, sockets, http),
    cache: new InMemoryCache({
      possibleTypes: { SignalStreamItem: ['SignalEventBatch', 'StreamCheckpoint', 'StreamProblem'] },
    }),
  });
  const program = { seqs: [] as number[], completed: false };
  const subscription = client
    .subscribe<{ signalEvents: Item }>({ query: gql(SUBSCRIPTION), variables: VARIABLES, fetchPolicy: 'no-cache' })
    .subscribe({
      next: ({ data }) => program.seqs.push(...(data?.signalEvents.events ?? []).map(({ seq }) => seq)),
      complete: () => {
        program.completed = true;
      },
    });
  const query = async () => {
    const { data } = await client.query<{ health: { status: string } }>({
      query: gql('{ health { status } }'),
      fetchPolicy: 'network-only',
    });
    return data?.health.status;
  };
  return Object.assign(program, { query, end: async () => subscription.unsubscribe() });
}

function ourProgram() {
  const leave = new AbortController();
  const program = { seqs: [] as number[] };
  const done = (async () => {
    for await (const { events } of follow({
      url: service.webSocketUrl,
      from: 'BEGINNING',
      maxBatch: 100,
      signal: leave.signal,
    }))
      program.seqs.push(...events.map(({ seq }) => seq));
  })();
  return Object.assign(program, {
    async end() {
      leave.abort();
      await done;
    },
  });
}
