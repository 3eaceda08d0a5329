// npm install heliograph-client-0.1.0.tgz graphql ws
//
// Over a WebSocket, or over server-sent events when the address begins with http.
import { follow } from 'heliograph-client';
import { WebSocket } from 'ws';
import { print, url } from './signals.mjs';

for await (const { events } of follow({ url, webSocket: WebSocket, from: 'BEGINNING' }))
  print({ signalEvents: { events } });
