// npm install heliograph-client-0.1.0.tgz @urql/core graphql graphql-ws ws
import { Client } from '@urql/core';
import { createClient } from 'graphql-ws';
import { resumableExchange } from 'heliograph-client/urql';
import { WebSocket } from 'ws';
import { keepTrying, print, query, url } from './signals.mjs';

const sockets = createClient({ url, webSocketImpl: WebSocket, ...keepTrying });
const client = new Client({ url: url.replace(/^ws/, 'http'), exchanges: [resumableExchange(sockets)] });

client.subscription(query, {}).subscribe(({ data, error }) => {
  if (error) throw error;
  print(data);
});
