import type { Attack, Faults } from '../attack.ts';
import { sumOf } from '../scene/figures.ts';
import type { Scene } from '../scene/scene.ts';
import { codesOf, dataOf, type GraphqlBody, TRANSPORTS, type Transport } from '../wire/answer.ts';
import { post } from '../wire/http.ts';
import { openChannel, refused } from './refused.ts';
import { times } from './texts.ts';

const PAGE = 'query ($first: Int = 20) { signals(first: $first) { nodes { id } } }';
const SIZE = { codes: ['INVALID_INPUT'], rule: 'cost', statuses: [400] };

/** Lists that are asked for larger than they are given. */
export const lists: readonly Attack[] = [
  refused({
    ...{ number: '40', title: 'a page of a million, literal', sent: 'first: 1000000', ...SIZE },
    requests: [
      { query: '{ signals(first: 1000000) { nodes { id } } }' },
      { query: '{ instruments(last: 1000000) { nodes { id } } }' },
    ],
  }),
  refused({
    ...{ number: '41', title: 'a page of a million, by variable', sent: '$first = 1000000', ...SIZE },
    requests: [{ query: PAGE, variables: { first: 1_000_000 } }],
  }),
  refused({
    ...{ number: '42', title: 'a page of a million, by default', sent: '$first: Int = 1000000', ...SIZE },
    requests: [{ query: PAGE.replace('20', '1000000') }],
  }),
  refused({
    ...{ number: '43', title: 'pages of no size', sent: 'negative, zero, NaN, 2^31, a fraction, text' },
    codes: ['INVALID_INPUT', 'BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED'],
    statuses: [400],
    requests: [
      ...[-1, 0, 2 ** 31, 1.5, 'NaN', '20', [1, 2]].map((first) => ({ query: PAGE, variables: { first } })),
      ...['-1', 'NaN', '2147483648', '1.5', '1e3', '"20"'].map((first) => ({
        query: `{ signals(first: ${first}) { nodes { id } } }`,
      })),
    ],
  }),
  refused({
    ...{
      number: '44',
      title: 'lists in lists',
      sent: 'lists of 100, 1,000 and 5 below one another',
      codes: ['COST_EXCEEDED'],
    },
    ...{ rule: 'cost', statuses: [400] },
    requests: [
      {
        query: `query ($n: Int!) { ${times(5, (n) => `a${n}: bars(instrument: "ins_a", first: $n) { nodes { open high low close volume } edges { cursor node { open high } } }`)} }`,
        variables: { n: 1_000 },
      },
      {
        query:
          '{ instruments(first: 100) { nodes { corporateActions(first: 100) { nodes { kind exDate amount } } } } }',
      },
    ],
  }),
  {
    ...{
      number: '45',
      title: 'a list without a size',
      sent: '{ instruments { nodes { id } } }, of which there are 130',
    },
    safe: 'the usual page of 20, counted as one',
    trials: Object.fromEntries(
      TRANSPORTS.map((transport) => [transport, (scene: Scene) => usualPage(scene, transport)]),
    ),
  },
  {
    ...{
      number: '46',
      title: 'a cursor of another list',
      sent: 'cursors of another list, changed ones and invented ones',
    },
    safe: 'BAD_CURSOR, nothing of the other list',
    trials: Object.fromEntries(
      TRANSPORTS.map((transport) => [transport, (scene: Scene) => foreignCursors(scene, transport)]),
    ),
  },
  refused({
    ...{ number: '47', title: '1,001 ids in one argument', sent: '1,001 ids, by variable and literal' },
    ...{ codes: ['INVALID_INPUT', 'BAD_USER_INPUT', 'DOCUMENT_TOO_COMPLEX'], statuses: [400] },
    requests: [
      { query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', variables: { ids: ids(1_001) } },
      { query: 'query ($ids: [ID!]) { signals(instruments: $ids) { nodes { id } } }', variables: { ids: ids(1_001) } },
      {
        query: 'query ($f: SignalFilter) { signalEvents(filter: $f) { nodes { seq } } }',
        variables: { f: { instruments: ids(1_001) } },
      },
      { query: 'query ($s: [String!]) { instruments(symbols: $s) { nodes { id } } }', variables: { s: ids(1_001) } },
      { query: `{ nodes(ids: [${times(1_001, (n) => `"${n}"`)}]) { id } }` },
    ],
  }),
];

function ids(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `id-${n}`);
}

async function usualPage(scene: Scene, transport: Transport): Promise<Faults> {
  await using channel = await openChannel(scene, transport, await scene.credential());
  const costs = async () =>
    sumOf((await scene.production.figures()) ?? new Map(), 'graphql_query_cost_sum', { transport });
  const before = await costs();
  const answer = await channel.send({ query: '{ instruments { nodes { id } } }' });
  const counted = (await costs()) - before;
  const list = dataOf(answer)?.['instruments'] as { readonly nodes: readonly unknown[] } | undefined;
  return [
    ...(list?.nodes.length === 20 ? [] : [`a page of ${list?.nodes.length}, expected 20`]),
    ...(counted >= 20 && counted <= 50 ? [] : [`counted as ${counted}, expected 20 and a little`]),
  ];
}

async function foreignCursors(scene: Scene, transport: Transport): Promise<Faults> {
  const headers = await scene.credential();
  const page = await post(
    scene.production.url,
    { query: '{ instruments(first: 2) { pageInfo { endCursor } } }' },
    headers,
  );
  const own = String(
    (dataOf(page)?.['instruments'] as { pageInfo: { endCursor: string } } | undefined)?.pageInfo.endCursor,
  );
  const forged = Buffer.from(JSON.stringify([1, 'instruments', "' or 1=1 --"])).toString('base64url');
  await using channel = await openChannel(scene, transport, headers);
  const requests: readonly GraphqlBody[] = [
    { query: 'query ($c: Cursor) { signals(after: $c) { nodes { id } } }', variables: { c: own } },
    { query: 'query ($c: Cursor) { models(after: $c) { nodes { id } } }', variables: { c: own } },
    { query: 'query ($c: Cursor) { signalEvents(after: $c) { nodes { seq } } }', variables: { c: own } },
    { query: 'query ($c: Cursor) { instruments(after: $c) { nodes { id } } }', variables: { c: forged } },
    { query: 'query ($c: Cursor) { instruments(after: $c) { nodes { id } } }', variables: { c: `${own}x` } },
    { query: 'query ($c: Cursor) { signalEvents(after: $c) { nodes { seq } } }', variables: { c: 'AAAA.AAAA' } },
  ];
  const faults: string[] = [];
  for (const [place, body] of requests.entries()) {
    const answer = await channel.send(body);
    const codes = codesOf(answer);
    if (codes.join() !== 'BAD_CURSOR')
      faults.push(`request ${place + 1}: ${codes.join() || answer.text.slice(0, 60)}, expected BAD_CURSOR`);
  }
  return faults;
}
