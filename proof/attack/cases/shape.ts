import type { Attack, Faults } from '../attack.ts';
import { refusalFaults } from '../judge.ts';
import type { Scene } from '../scene/scene.ts';
import { post, postForEvents } from '../wire/http.ts';
import { AttackSocket } from '../wire/websocket.ts';
import { LONGEST_STALL_MS, onEach, openChannel, RULE_G, refused } from './refused.ts';
import { deepJson, inside, times } from './texts.ts';

const COMPLEX = { codes: ['DOCUMENT_TOO_COMPLEX'], statuses: [400] };
const documents = (...queries: readonly string[]) => queries.map((query) => ({ query }));

/** Doubles at each level what it writes out. */
const doubling = (levels: number): string =>
  `{ health { ...F0 } } ${times(levels, (n) => `fragment F${n} on Health { ... { ...F${n + 1} } ... { ...F${n + 1} } }`)} fragment F${levels} on Health { status }`;
const overlapping = (outer: number, inner: number): string =>
  `{ ${times(outer, () => `... { health { ${times(inner, () => '... { status }')} } }`)} }`;

/** Documents that are large, deep or costly to read. */
export const shape: readonly Attack[] = [
  refused({
    ...{ number: '16', title: '101 aliases of __typename', sent: '101 aliases', ...COMPLEX, rule: 'aliases' },
    requests: documents(`{ ${times(101, (n) => `a${n}: __typename`)} }`),
  }),
  refused({
    ...{ number: '17', title: '16 aliases of one field', sent: '16 aliases', ...COMPLEX, rule: 'aliases' },
    requests: documents(`{ ${times(16, (n) => `a${n}: health { status }`)} }`),
  }),
  refused({
    ...{ number: '18', title: 'one field 500 times', sent: '500 times __typename', ...COMPLEX, rule: 'repetitions' },
    requests: documents(`{ ${times(500, () => '__typename')} }`),
  }),
  refused({
    ...{ number: '19', title: 'one field 8,000 times', sent: '8,000 fields in less than 100 kB', ...COMPLEX },
    ...{ requests: documents(`{ ${times(8_000, () => 'health')} }`), rule: 'characters' },
  }),
  {
    ...{
      number: '20',
      title: '10 unknown directives',
      sent: '10 directives that do not exist',
      safe: `${RULE_G}; exactly one error`,
    },
    stallMs: LONGEST_STALL_MS,
    trials: onEach(async (scene, transport) => {
      await using channel = await openChannel(scene, transport, await scene.credential());
      const answer = await channel.send({ query: UNKNOWN_DIRECTIVES });
      return [...refusalFaults(answer, { codes: VALIDATION, sent: UNKNOWN_DIRECTIVES }), ...notOne(answer.text)];
    }),
  },
  refused({
    ...{ number: '21', title: '51 valid directives', sent: '51 times @include', ...COMPLEX, rule: 'directives' },
    requests: documents(
      `{ health { status ${times(51, () => '@include(if: true)')} } }`,
      `{ health { ${times(51, () => 'status @include(if: true)')} } }`,
    ),
  }),
  refused({
    ...{ number: '22', title: '5,000 directives', sent: '5,000 directives', ...COMPLEX, rule: 'characters' },
    requests: documents(`{ health { status ${times(5_000, () => '@a')} } }`),
  }),
  refused({
    ...{ number: '23', title: 'one level too deep', sent: '13 levels', ...COMPLEX, rule: 'depth' },
    requests: documents(inside(13, '{ a ', '', '}')),
  }),
  refused({
    ...{
      number: '24',
      title: 'depth behind named fragments',
      sent: '15 fragments below one another',
      ...COMPLEX,
      rule: 'depth',
    },
    requests: documents(
      `{ ...F0 } ${times(14, (n) => `fragment F${n} on Query { a { ...F${n + 1} } }`)} fragment F14 on Query { b }`,
    ),
  }),
  refused({
    ...{ number: '25', title: 'depth behind inline fragments', sent: '13 levels', ...COMPLEX, rule: 'depth' },
    requests: documents(inside(13, '{ ... { a ', '', '} }')),
  }),
  refused({
    ...{
      number: '26',
      title: 'a batch of 10',
      sent: 'an array of 10 requests',
      codes: ['BAD_REQUEST'],
      statuses: [400],
    },
    ...{ requests: [Array.from({ length: 10 }, () => ({ query: '{ __typename }' }))], rule: 'request', mayClose: true },
    safe: '400 and one error, nothing of it is executed',
  }),
  refused({
    ...{ number: '28', title: 'circular fragments', sent: 'a fragment of itself, two of each other, a chain of 1,000' },
    codes: ['DOCUMENT_TOO_COMPLEX'],
    requests: documents(
      '{ ...A } fragment A on Query { ...A }',
      '{ __typename ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
      `{ ...F0 } ${times(1_000, (n) => `fragment F${n} on Query { ...F${(n + 1) % 1_000} }`)}`,
    ),
  }),
  refused({
    ...{
      number: '29',
      title: 'fragments that double 25 times',
      sent: '2 kB that stand for 33 million fields',
      ...COMPLEX,
    },
    ...{ requests: documents(doubling(25)), rule: 'expandedFields' },
  }),
  refused({
    ...{ number: '30', title: '20 times 20 overlapping inline fragments', sent: '13 kB', ...COMPLEX },
    requests: documents(overlapping(20, 20), overlapping(10, 15)),
  }),
  refused({
    ...{ number: '31', title: '100 times 30 overlapping inline fragments', sent: '103 kB' },
    ...{ codes: ['DOCUMENT_TOO_COMPLEX', 'BODY_TOO_LARGE'], statuses: [400, 413], mayClose: true },
    requests: documents(overlapping(100, 30)),
  }),
  refused({
    ...{ number: '32', title: '1,001 tokens', sent: '1,001 tokens', ...COMPLEX, rule: 'tokens' },
    requests: documents(`{ nodes(ids: [${times(989, () => '1')}]) { id } }`),
  }),
  refused({
    ...{
      number: '33',
      title: '15,001 characters that are no tokens',
      sent: 'commas, comments, blanks',
      ...COMPLEX,
      rule: 'characters',
    },
    requests: documents(
      `{ __typename }${','.repeat(15_000)}`,
      `{ __typename }#${'a'.repeat(15_000)}`,
      `{ __typename }${' '.repeat(15_000)}`,
    ),
  }),
  refused({
    ...{
      number: '34',
      title: '30,000 unknown fields',
      sent: '30,000 fields, and 18',
      safe: `${RULE_G}; at most one error, less than 2 kB`,
    },
    codes: ['DOCUMENT_TOO_COMPLEX', 'GRAPHQL_VALIDATION_FAILED'],
    requests: documents(`{ ${times(30_000, () => 'zz')} }`, `{ ${times(18, (n) => `zz${n}`)} }`),
  }),
  refused({
    ...{ number: '35', title: '30,000 nested brackets', sent: 'a literal 30,000 lists deep', ...COMPLEX },
    requests: documents(`{ nodes(ids: ${'['.repeat(30_000)}`, `{ nodes(ids: ${'['.repeat(14_000)}`),
  }),
  refused({
    ...{ number: '36', title: '20,000 nested selections', sent: 'fields 20,000 deep', ...COMPLEX },
    requests: documents('{a'.repeat(20_000), '{a'.repeat(7_000), inside(900, '{a', '', '}')),
  }),
  {
    ...{
      number: '37',
      title: 'variables nested 50,000 levels deep',
      sent: 'JSON of 45,000 levels, and of 50,000',
      safe: RULE_G,
    },
    stallMs: LONGEST_STALL_MS,
    trials: {
      http: (scene) => deepVariables(scene, post),
      sse: (scene) => deepVariables(scene, postForEvents),
      websocket: async ({ production, credential }) => {
        const headers = await credential();
        const faults = [];
        for (const levels of [40, 10_000, 30_000, 50_000]) {
          using socket = await AttackSocket.authenticated(production.webSocketUrl, headers);
          socket.say(
            `{"id":"1","type":"subscribe","payload":{"query":"{ __typename }","variables":{"a":${deepJson(levels)}}}}`,
          );
          const first = await socket.hears(({ id }) => id === '1');
          const safe = levels === 50_000 ? socket.closed === 1009 : first?.type === 'error';
          if (!safe) faults.push(`${levels} levels: "${first?.type}", closed ${socket.closed}`);
        }
        return faults;
      },
    },
  },
  refused({
    ...{
      number: '49',
      title: 'two operations and no name',
      sent: 'no operationName',
      codes: ['OPERATION_RESOLUTION_FAILURE'],
    },
    ...{ requests: documents('query A { __typename } query B { __typename }'), rule: 'operations', statuses: [400] },
  }),
  refused({
    ...{
      number: '50',
      title: '100 operations in one document',
      sent: '100 operations',
      ...COMPLEX,
      rule: 'operations',
    },
    requests: [{ query: times(100, (n) => `query Q${n} { __typename }`), operationName: 'Q1' }],
  }),
];

async function deepVariables({ production, credential }: Scene, send: typeof post): Promise<Faults> {
  const headers = await credential();
  const faults: string[] = [];
  for (const levels of [40, 10_000, 45_000, 50_000]) {
    const body = `{"query":"{ __typename }","variables":{"a":${deepJson(levels)}}}`;
    const answer = await send(production.url, body, headers);
    faults.push(...refusalFaults(answer, { codes: ['BAD_USER_INPUT', 'BODY_TOO_LARGE'], sent: body }));
  }
  return faults;
}

const UNKNOWN_DIRECTIVES = `{ health { status ${times(10, (n) => `@d${n}`)} } }`;
const VALIDATION = ['GRAPHQL_VALIDATION_FAILED'];
const notOne = (text: string): string[] => {
  const errors = text.split('"code"').length - 1;
  return errors === 1 ? [] : [`${errors} errors, expected one`];
};
