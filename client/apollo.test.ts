import { setTimeout as wait } from 'node:timers/promises';
import { ApolloClient, ApolloLink, gql, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import { resumableLink } from './apollo.ts';
import { describeResumableClient, type Result } from './testing/resumable.contract.ts';

describeResumableClient('Apollo Client', ({ url }, { query, variables }, sink, options) => {
  const sockets = new GraphQLWsLink(
    createClient({ url, retryAttempts: 400, retryWait: () => wait(10), shouldRetry: () => true }),
  );
  const client = new ApolloClient({
    link: options === 'as published' ? sockets : ApolloLink.from([resumableLink(options), sockets]),
    cache: new InMemoryCache(),
  });
  const asked = { query: gql(query), variables, fetchPolicy: 'no-cache' } as const;
  const subscription = client.subscribe<Result['data']>(asked).subscribe({
    next: ({ data, error }) => {
      if (error !== undefined) sink.error(error);
      else if (data !== undefined) sink.next({ data: data as Result['data'] });
    },
    complete: sink.complete,
  });
  return () => subscription.unsubscribe();
});
