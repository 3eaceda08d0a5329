import { WebSocket } from 'ws';
import { recentDocument } from '../../client/document.ts';
import { follow } from '../../client/index.ts';
import { type RoleProcess, read } from './process.ts';

const DEEP = `{ __schema ${'{ types { fields { type '.repeat(6)}{ name }${' } } }'.repeat(6)} }`;

/** What the users of a listener do: everything that it offers, and what it refuses. */
export async function useEverySurface(api: RoleProcess): Promise<void> {
  const page = { query: recentDocument, variables: { last: 20 } };
  const { pageInfo } = await api.field<{ pageInfo: { endCursor: string } }>(page.query, page.variables);
  // Asked again, it need not be worked out again.
  await Promise.all(Array.from({ length: 5 }, () => api.ask(page)));
  await api.ask({ query: '{ performance(provenance: REPLAY) { n hits } }' });
  await api.ask({ query: '{ performance(provenance: REPLAY) { n hits } }' });
  await changes(api, pageInfo.endCursor);
  await refusals(api);
  await Promise.all([
    firstItem(api.url.replace('http', 'ws')),
    firstItem(api.url),
    refusedSocket(api.url.replace('http', 'ws')),
  ]);
  await read(new URL('/nowhere', api.url));
}

async function changes(api: RoleProcess, cursor: string): Promise<void> {
  const { text, key } = await api.field<{ text: string; key: { prefix: string } }>(
    'mutation { createApiKey(name: "contract", scopes: [SIGNALS_READ], days: 1) { text key { prefix } } }',
  );
  const credential = { authorization: `Bearer ${text}` };
  await api.ask({ query: recentDocument, variables: { last: 1 } }, credential);
  await api.field('mutation ($cursor: Cursor!) { acknowledgeSignals(cursor: $cursor) { cursor } }', { cursor });
  const { nodes } = await api.field<{ nodes: { id: string }[] }>('{ signals(first: 1) { nodes { id } } }');
  // It may be settled already; then that is what is answered.
  await api.ask({
    query: 'mutation ($id: ID!) { cancelSignal(id: $id, reason: "a test of the contract") { state } }',
    variables: { id: nodes[0]?.id },
  });
  await api.field('mutation ($prefix: ID!) { revokeApiKey(prefix: $prefix) { name } }', { prefix: key.prefix });
  await api.ask({ query: '{ signals(first: 1) { nodes { id } } }' }, credential);
}

async function refusals(api: RoleProcess): Promise<void> {
  await api.ask({ query: DEEP });
  await api.ask({ query: '{ instruments(first: 3) { nodes { colour } } }' });
  await api.ask({ query: '{ instruments(' });
  await api.ask({ query: '{ signal(id: "nobody") { id } }' });
  await api.ask({ query: '{ serviceInfo { version } }' }, { authorization: 'Bearer hg_nobody' });
  await api.ask({ query: '{ serviceInfo { version } }' }, { authorization: 'Bearer not.a.token' });
  await api.ask({ query: '{ serviceInfo { version } }' }, { authorization: 'nonsense' });
  await api.ask([1]);
}

/** Follows from the beginning until something has come. */
async function firstItem(url: string): Promise<void> {
  const stop = AbortSignal.timeout(20_000);
  for await (const { events } of follow({ url, from: 'BEGINNING', maxBatch: 10, signal: stop }))
    if (events.length > 0) return;
  throw new Error(`nothing came from ${url}`);
}

/** A subscription that the gate does not let in. */
async function refusedSocket(url: string): Promise<void> {
  const socket = new WebSocket(url, 'graphql-transport-ws');
  const told = Promise.withResolvers<void>();
  socket.on('error', told.reject);
  socket.on('open', () => socket.send('{"type":"connection_init"}'));
  socket.on('message', (data) => {
    const { type } = JSON.parse(String(data)) as { type: string };
    if (type === 'connection_ack')
      socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: 'subscription { nothing }' } }));
    if (type === 'error') told.resolve();
  });
  await told.promise;
  socket.close();
}
