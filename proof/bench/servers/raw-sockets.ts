import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { peer } from '../peers.ts';
import type { Payload, SubscriptionArgs } from './setup.ts';

type Ws = { readonly default: { readonly WebSocketServer: new (options: unknown) => Sockets } };
type Sockets = {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, done: (client: Client) => void): void;
};
type Client = {
  on(event: 'message', heard: (data: Buffer) => void): void;
  once(event: 'close', gone: () => void): void;
  send(data: string): void;
};
type Message = { readonly type: string; readonly payload?: { readonly variables?: SubscriptionArgs } };

const ALL = 'all';
const FIRST = JSON.stringify({ id: '1', type: 'next', payload: { data: { signalEvents: {} } } });

/** The package ws and nothing else: a topic for each instrument and one for everything, and one ready string for all of a topic. */
export async function serveRawSockets(server: Server): Promise<(payloads: readonly Payload[]) => void> {
  const { default: ws } = await peer<Ws>('ws');
  const sockets = new ws.WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: () => 'graphql-transport-ws',
  });
  const topics = new Map<string, Set<Client>>();
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (client) => serve(client, topics));
  });
  return (payloads) => {
    for (const payload of payloads) broadcast(payload, topics);
  };
}

/** The same messages as ours: an answer to the first, and an item as soon as somebody subscribes. */
function serve(client: Client, topics: Map<string, Set<Client>>): void {
  client.on('message', (data) => {
    const { type, payload } = JSON.parse(String(data)) as Message;
    if (type === 'connection_init') client.send('{"type":"connection_ack"}');
    if (type !== 'subscribe') return;
    const topic = payload?.variables?.filter?.instruments?.[0] ?? ALL;
    const members = topics.get(topic) ?? new Set<Client>();
    topics.set(topic, members.add(client));
    client.once('close', () => members.delete(client));
    client.send(FIRST);
  });
}

function broadcast(payload: Payload, topics: Map<string, Set<Client>>): void {
  const text = JSON.stringify({ id: '1', type: 'next', payload: { data: { signalEvents: payload } } });
  for (const topic of [ALL, payload.events[0]?.signal.instrument.id ?? ''])
    for (const client of topics.get(topic) ?? []) client.send(text);
}
