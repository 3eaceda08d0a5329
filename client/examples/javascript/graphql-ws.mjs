// npm install heliograph-client-0.1.0.tgz graphql graphql-ws ws
import { createClient } from 'graphql-ws';
import { resumable } from 'heliograph-client/graphql-ws';
import { WebSocket } from 'ws';
import { keepTrying, print, query, url } from './signals.mjs';

// Browsers and Node 22 have a WebSocket of their own.
const client = resumable(createClient({ url, webSocketImpl: WebSocket, ...keepTrying }));

for await (const { data } of client.iterate({ query })) print(data);
