import { getIntrospectionQuery } from 'graphql';
import type { Attack, Faults } from '../attack.ts';
import type { Scene } from '../scene/scene.ts';
import { type Answer, dataOf, parsed } from '../wire/answer.ts';
import { post, request } from '../wire/http.ts';
import { times } from './texts.ts';

type Headers = { readonly authorization: string };
type Probe = (url: string, headers: Headers) => Promise<readonly Answer[]>;

/** What the scanner graphql-cop looks for, as its documentation lists it: the answer is a finding when the service did what was asked. */
function finding(
  place: number,
  title: string,
  sent: string,
  probe: Probe,
  isFinding: (answer: Answer) => boolean,
): Attack {
  return {
    ...{ number: `S2.${place}`, title: `graphql-cop: ${title}`, sent, safe: 'not a finding' },
    trials: {
      http: async ({ production, credential }: Scene): Promise<Faults> => {
        const answers = await probe(production.url, await credential());
        return answers.some(isFinding) ? ['a finding'] : [];
      },
    },
  };
}

const query =
  (text: string): Probe =>
  async (url, headers) => [await post(url, { query: text }, headers)];
const hasData = (answer: Answer): boolean => dataOf(answer) !== null && Object.keys(dataOf(answer) ?? {}).length > 0;
const GET_QUERY = `?query=${encodeURIComponent('query cop { __typename }')}`;

export const graphqlCop: readonly Attack[] = [
  finding(
    1,
    'alias overloading',
    '101 aliases of __typename',
    query(`query cop { ${times(101, (n) => `alias${n}: __typename`)} }`),
    hasData,
  ),
  finding(
    2,
    'array-based query batching',
    'an array of 10',
    async (url, headers) => [
      await post(
        url,
        Array.from({ length: 10 }, () => ({ query: 'query cop { __typename }' })),
        headers,
      ),
    ],
    (answer) => Array.isArray(parsed(answer.text)) || hasData(answer),
  ),
  finding(
    3,
    'directive overloading',
    '10 unknown directives',
    query('query cop { __typename @aa@aa@aa@aa@aa@aa@aa@aa@aa@aa }'),
    (answer) => hasData(answer) || (answer.text.match(/"message"/g) ?? []).length >= 10,
  ),
  finding(
    4,
    'circular query by introspection',
    'types and fields below one another',
    query(
      'query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }',
    ),
    hasData,
  ),
  finding(
    5,
    'field duplication',
    '500 times __typename',
    query(`query cop { ${times(500, () => '__typename')} }`),
    hasData,
  ),
  finding(
    6,
    'field suggestions',
    'a slip of the pen',
    query('query cop { __schema { directive } serviceInf { versio } }'),
    (answer) => /did you mean/i.test(answer.text),
  ),
  finding(
    7,
    'introspection',
    'the introspection query',
    query(getIntrospectionQuery()),
    (answer) => hasData(answer) && answer.text.includes('__schema'),
  ),
  finding(
    8,
    'an IDE is shown',
    'a browser at /, /graphiql, /playground, /console and /graphql',
    async (url, headers) =>
      Promise.all(
        ['/', '/graphiql', '/playground', '/console', '/graphql'].map((path) =>
          request({ url: new URL(path, url).href, headers: { ...headers, accept: 'text/html' } }),
        ),
      ),
    (answer) => /graphiql|playground|apollo studio|<html/i.test(answer.text.replace(/"\/[a-z]*"|\\"\/[a-z]*\\"/g, '')),
  ),
  finding(
    9,
    'queries by GET',
    'GET ?query=',
    async (url, headers) => [await request({ url: `${url}${GET_QUERY}`, headers })],
    hasData,
  ),
  finding(
    10,
    'mutations by GET',
    'GET ?query=mutation',
    async (url, headers) => [
      await request({ url: `${url}?query=${encodeURIComponent('mutation cop { __typename }')}`, headers }),
    ],
    hasData,
  ),
  finding(
    11,
    'queries by a form',
    'POST of application/x-www-form-urlencoded',
    async (url, headers) => [
      await request({
        url,
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        body: GET_QUERY.slice(1),
      }),
    ],
    hasData,
  ),
  finding(12, 'tracing', 'a query, whose answer may carry traces', query('query cop { __typename }'), (answer) =>
    /"tracing"|"exception"/.test(answer.text),
  ),
  finding(
    13,
    'unhandled errors',
    'a query that is none',
    query('qwerty cop { abc }'),
    (answer) => /"exception"|stacktrace|\n\s+at /i.test(answer.text) || answer.status === 500,
  ),
];
