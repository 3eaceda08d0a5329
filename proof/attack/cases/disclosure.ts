import { getIntrospectionQuery } from 'graphql';
import type { Attack, Faults } from '../attack.ts';
import { leaks } from '../judge.ts';
import { hashOf, TRUSTED } from '../scene/deployment.ts';
import { tellsApart } from '../timing.ts';
import type { Answer } from '../wire/answer.ts';
import { post, request } from '../wire/http.ts';
import { AttackSocket } from '../wire/websocket.ts';
import { refused } from './refused.ts';
import { noSubscriptions } from './streams.ts';

const INTROSPECTION = { codes: ['INTROSPECTION_DISABLED'], rule: 'introspection', statuses: [400] };
const VALIDATION = { codes: ['GRAPHQL_VALIDATION_FAILED'], rule: 'validation', statuses: [400] };

/** What a stranger learns about the schema and about what it runs on. */
export const disclosure: readonly Attack[] = [
  refused({
    ...{ number: '1', title: 'introspection over HTTP', sent: 'the whole introspection query', ...INTROSPECTION },
    requests: [{ query: getIntrospectionQuery() }, { query: '{ __schema { types { name fields { name } } } }' }],
    transports: ['http', 'sse'],
  }),
  refused({
    ...{ number: '2', title: 'introspection over a WebSocket', sent: 'the same', ...INTROSPECTION },
    requests: [{ query: getIntrospectionQuery() }],
    transports: ['websocket'],
  }),
  refused({
    ...{
      number: '3',
      title: '__type(name:)',
      sent: 'one type by its name, literal and as a variable',
      ...INTROSPECTION,
    },
    requests: [
      { query: '{ __type(name: "Signal") { name fields { name } } }' },
      { query: 'query ($n: String!) { __type(name: $n) { name } }', variables: { n: 'ApiKey' } },
    ],
  }),
  refused({
    ...{
      number: '4',
      title: 'introspection in a fragment, by an alias',
      sent: '__schema behind both',
      ...INTROSPECTION,
    },
    requests: [
      { query: '{ x: __schema { types { name } } }' },
      { query: '{ ...F } fragment F on Query { ... { y: __schema { queryType { name } } } }' },
      {
        query: 'query A { __typename } query B { ... @include(if: true) { __schema { types { name } } } }',
        operationName: 'A',
      },
    ],
  }),
  {
    ...{ number: '5', title: 'introspection by GET', sent: 'GET ?query={__schema{types{name}}}' },
    safe: 'a GET is not answered: 405',
    trials: {
      http: async ({ production, credential }) => {
        const query = encodeURIComponent('{__schema{types{name}}}');
        const headers = await credential();
        const answer = await request({ url: `${production.url}?query=${query}`, headers });
        return notServed(answer, [400, 405]);
      },
      sse: noSubscriptions('{__schema{types{name}}}', '{__type(name:"ApiKey"){name}}'),
    },
  },
  refused({
    ...{
      number: '6',
      title: 'introspection as an administrator',
      sent: 'a token with every permission',
      ...INTROSPECTION,
    },
    safe: 'refused like any other: there is no permission for it, in production nobody is shown the schema',
    requests: [{ query: getIntrospectionQuery() }],
  }),
  refused({
    ...{ number: '7', title: 'a slip in the name of a field', sent: 'names one letter off', ...VALIDATION },
    requests: ['{ signal { nodes { id } } }', '{ helth { status } }', '{ signals { nodes { idd confidense } } }'].map(
      (query) => ({ query }),
    ),
  }),
  refused({
    ...{ number: '8', title: 'a slip in a type, argument, enum value or input field', sent: 'each one letter off' },
    ...VALIDATION,
    requests: [
      '{ node(id: "a") { ... on Signel { id } } }',
      '{ signals(frst: 1) { nodes { id } } }',
      '{ performance(provenance: LIVEE) { n } }',
      '{ signalEvents(filter: { instrument: ["a"] }) { nodes { seq } } }',
      'query ($p: Provenanc!) { performance(provenance: $p) { n } }',
      '{ signals { nodes { id @inclde(if: true) } } }',
    ].map((query) => ({ query })),
  }),
  refused({
    ...{ number: '9', title: 'a wrong value in a variable', sent: 'values one letter off' },
    ...{ codes: ['BAD_USER_INPUT'], rule: 'variables', statuses: [400] },
    requests: [
      { query: 'query ($p: Provenance!) { performance(provenance: $p) { n } }', variables: { p: 'LIVEE' } },
      {
        query: 'query ($f: SignalFilter) { signalEvents(filter: $f) { nodes { seq } } }',
        variables: { f: { instrument: ['a'] } },
      },
      {
        query: 'query ($f: SignalFilter) { signalEvents(filter: $f) { nodes { seq } } }',
        variables: { f: { sides: ['LONGG'] } },
      },
    ],
  }),
  {
    ...{ number: '10', title: 'the page of an IDE in production', sent: 'a browser opens the endpoint' },
    safe: '404 or 406, and no page',
    trials: {
      http: async ({ production, credential }) => {
        const headers = { accept: 'text/html,application/xhtml+xml', ...(await credential()) };
        const origin = new URL(production.url).origin;
        const pages = [
          production.url,
          `${production.url}/`,
          `${origin}/`,
          `${origin}/graphiql`,
          `${production.url}/assets/graphiql.js`,
        ];
        const answers = await Promise.all(pages.map((url) => request({ url, headers })));
        return answers.flatMap((answer) => [
          ...notServed(answer, [404, 406]),
          ...(/<html|graphiql|apollo/i.test(answer.text.replace(/\/graphi?ql\/?[\w./]*/g, ''))
            ? ['a page in the answer']
            : []),
        ]);
      },
    },
  },
  {
    ...{
      number: '11',
      title: 'tracing, exceptions and stacks in answers',
      sent: 'requests that work, that fail, and that ask for them',
    },
    safe: 'none of them in any answer',
    trials: {
      http: async ({ production, credential }) => {
        const headers = { ...(await credential()), 'x-apollo-tracing': '1', 'apollo-federation-include-trace': 'ftv1' };
        const bodies = [
          { query: '{ __typename }', extensions: { tracing: true } },
          { query: '{ node(id: "nonsense") { id } }' },
          { query: '{ zz }' },
          { query: '{' },
        ];
        const answers = await Promise.all(bodies.map((body) => post(production.url, body, headers)));
        return answers.flatMap((answer) => traces(answer));
      },
      websocket: async ({ production, credential }) => {
        using socket = await AttackSocket.authenticated(production.webSocketUrl, await credential());
        const answers = [];
        for (const [n, query] of ['{ __typename }', '{ node(id: "nonsense") { id } }', '{ zz }', '{'].entries())
          answers.push(await socket.ask(`${n}`, { query, extensions: { tracing: true } }));
        return answers.flatMap((answer) => traces(answer));
      },
    },
  },
  {
    ...{ number: '12', title: 'what it runs on', sent: 'requests of every kind' },
    safe: 'no header names a product or a version',
    trials: {
      http: async ({ production, credential }) => {
        const origin = new URL(production.url).origin;
        const answers = await Promise.all([
          request({ url: `${origin}/livez` }),
          request({ url: `${origin}/nothing` }),
          request({ url: production.url, method: 'OPTIONS' }),
          post(production.url, { query: '{ __typename }' }, await credential()),
          post(production.url, 'nonsense'),
        ]);
        return answers.flatMap(({ headers }) =>
          Object.entries(headers)
            .filter(
              ([name, value]) =>
                /^(?:server|via|x-powered-by|x-aspnet.*)$/.test(name) ||
                /fastify|apollo|node\.?js|express/i.test(value),
            )
            .map(([name, value]) => `the header ${name}: ${value}`),
        );
      },
    },
  },
  {
    ...{
      number: '13',
      title: 'known or unknown field where documents are trusted',
      sent: 'documents that are not on the list',
    },
    safe: 'the same answer in the same time whatever they ask for',
    trials: {
      http: async ({ deployment, credential }) => {
        const { url } = await deployment.service('trusted');
        const headers = await credential();
        const texts = [
          '{ instruments { nodes { id } } }',
          '{ instrumentz { nodes { id } } }',
          '{ nonsense(',
          '{ __schema { types { name } } }',
        ];
        const answers = await Promise.all(texts.map((query) => post(url, { query }, headers)));
        const different = new Set(answers.map(({ status, text }) => `${status} ${text}`));
        const [known = '', unknown = ''] = texts;
        const apart = await tellsApart(
          () => post(url, { query: known }, headers),
          () => post(url, { query: unknown }, headers),
        );
        return [
          ...(different.size === 1 ? [] : [`${different.size} different answers`]),
          ...(answers[0]?.text.includes('DOCUMENT_NOT_TRUSTED') ? [] : ['the document was not refused']),
          ...(apart === null ? [] : [apart]),
          ...((await post(url, { query: TRUSTED.ping }, headers)).status === 200
            ? []
            : ['a trusted document is refused']),
          ...((await post(url, { extensions: persisted(hashOf(TRUSTED.ping)) }, headers)).status === 200
            ? []
            : ['its hash is refused']),
        ];
      },
    },
  },
  {
    ...{
      number: '14',
      title: 'types by __typename and fragments',
      sent: 'fragments on types that are there, that are not, and that may not be seen',
    },
    safe: 'the same answer for a type that is not there and for one that may not be seen',
    trials: {
      http: async ({ production, credential }) => {
        const headers = await credential({ scope: 'signals:read market-data:read models:read' });
        const texts = ['ApiKey', 'NewApiKey', 'Nothing', 'Health'].map(
          (type) => `{ node(id: "x") { __typename ... on ${type} { __typename } } }`,
        );
        const answers = await Promise.all(texts.map((query) => post(production.url, { query }, headers)));
        const different = new Set(answers.map(({ status, text }) => `${status} ${text}`));
        return different.size === 1 ? [] : [`${different.size} different answers for four types`];
      },
    },
  },
  refused({
    ...{ number: '15', title: 'the schema of a federation', sent: '_service { sdl } and _entities', ...VALIDATION },
    requests: [
      '{ _service { sdl } }',
      '{ _entities(representations: [{ __typename: "Signal", id: "1" }]) { __typename } }',
    ].map((query) => ({ query })),
  }),
];

export const persisted = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });

function notServed(answer: Answer, statuses: readonly number[]): Faults {
  const right = answer.status !== null && statuses.includes(answer.status);
  return [...(right ? [] : [`status ${answer.status}, expected ${statuses.join(' or ')}`]), ...leaks(answer.text, '')];
}

function traces(answer: Answer): Faults {
  const told = ['tracing', 'exception', 'stacktrace', 'ftv1'].filter((word) => answer.text.includes(`"${word}`));
  return [...told.map((word) => `"${word}" in the answer`), ...leaks(answer.text, 'nonsense')];
}
