// npm install heliograph-client-0.1.0.tgz @apollo/client graphql graphql-ws rxjs ws
import { ApolloClient, ApolloLink, gql, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import { resumableLink } from 'heliograph-client/apollo';
import { WebSocket } from 'ws';
import { keepTrying, print, query, url } from './signals.mjs';

const sockets = new GraphQLWsLink(createClient({ url, webSocketImpl: WebSocket, ...keepTrying }));
const client = new ApolloClient({ link: ApolloLink.from([resumableLink(), sockets]), cache: new InMemoryCache() });

// A stream is no state: each item in the cache would overwrite the one before.
client.subscribe({ query: gql(query), fetchPolicy: 'no-cache' }).subscribe(({ data, error }) => {
  if (error) throw error;
  print(data);
});
