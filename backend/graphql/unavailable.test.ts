import { ApolloServer } from '@apollo/server';
import { buildSchema, GraphQLError } from 'graphql';
import { expect, it } from 'vitest';
import type { AccessContext } from '../access/access.ts';
import { tellUnavailable } from './unavailable.ts';

const schema = buildSchema('type Query { away: String  here: String  wrong: String  never: String! }');
const failing = (code: string) => () => {
  throw new GraphQLError(code, { extensions: { code } });
};
const rootValue = {
  ...{ here: 'here', away: failing('UNAVAILABLE'), wrong: failing('INVALID_INPUT'), never: failing('UNAVAILABLE') },
};

async function statusOf(query: string): Promise<[number, string | null]> {
  const server = new ApolloServer<AccessContext>({ schema, rootValue, plugins: [tellUnavailable()] });
  const { http } = await server.executeOperation({ query }, { contextValue: {} as AccessContext });
  await server.stop();
  return [http.status ?? 200, http.headers.get('retry-after') ?? null];
}

it('says with the status that nothing could be had, and when to ask again', async () => {
  expect(await statusOf('{ away }')).toEqual([503, '2']);
  expect(await statusOf('{ a: away b: away }')).toEqual([503, '2']);
  expect(await statusOf('{ never }')).toEqual([503, '2']);
});

it('leaves an answer with something in it, and what the client did wrong', async () => {
  expect(await statusOf('{ away here }')).toEqual([200, null]);
  expect(await statusOf('{ wrong }')).toEqual([200, null]);
  expect(await statusOf('{ wrong away }')).toEqual([200, null]);
});
