import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startTestApi, type TestApi } from '../testing/api.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';

let store: TestStore;
let api: TestApi;
beforeAll(async () => {
  store = await openTestStore('websocket');
  api = await startTestApi(store);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await store.dispose();
});

type Message = { readonly id?: string; readonly type: string; readonly payload?: unknown };

/** A socket as a stranger writes it: what it is told, and how it is closed. */
class Client {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  closed: readonly [number, string] | null = null;

  constructor(protocol: string | string[] = 'graphql-transport-ws') {
    this.socket = new WebSocket(api.webSocketUrl, protocol);
    this.socket.on('message', (data) => this.messages.push(JSON.parse(String(data)) as Message));
    this.socket.on('close', (code, reason) => {
      this.closed = [code, String(reason)];
    });
    this.socket.on('error', () => undefined);
  }

  async open(): Promise<this> {
    await once(this.socket, 'open');
    return this;
  }

  async known(): Promise<this> {
    await this.open();
    this.say({ type: 'connection_init' });
    await this.told(1);
    return this;
  }

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  subscribe(id: string, query: string): void {
    this.say({ id, type: 'subscribe', payload: { query } });
  }

  told = (count: number): Promise<void> => expect.poll(() => this.messages.length).toBeGreaterThanOrEqual(count);
  end = (): Promise<void> => expect.poll(() => this.closed, { timeout: 5_000 }).not.toBeNull();
  of = (id: string): string[] => this.messages.filter((message) => message.id === id).map(({ type }) => type);
}

const QUERY = '{ __typename }';
const SUBSCRIPTION = 'subscription { signalEvents { __typename ... on StreamProblem { code } } }';

describe('graphql-transport-ws', () => {
  it('answers a query and completes it, keeps a subscription open, and echoes a ping', async () => {
    const client = await new Client().known();
    client.subscribe('q', QUERY);
    client.subscribe('constructor', SUBSCRIPTION);
    client.say({ type: 'ping', payload: { a: 1 } });
    client.say({ type: 'ping' });
    await expect.poll(() => client.of('constructor')).toEqual(['next']);
    await expect.poll(() => client.of('q')).toEqual(['next', 'complete']);
    expect(client.messages.filter(({ type }) => type === 'pong')).toEqual([
      { type: 'pong', payload: { a: 1 } },
      { type: 'pong' },
    ]);
    expect(client.messages.find(({ id }) => id === 'q')?.payload).toEqual({ data: { __typename: 'Query' } });
    client.socket.close();
  });

  it.each([
    ['no subprotocol', async () => new Client([]).open(), 4406],
    ['what is no message', async () => said(await new Client().open(), 'nonsense'), 4400],
    ['a type that there is not', async () => said(await new Client().known(), { type: 'connection_ack' }), 4400],
    ['an operation before connection_init', async () => said(await new Client().open(), operation('1')), 4401],
    ['a second connection_init', async () => said(await new Client().known(), { type: 'connection_init' }), 4429],
    ['an id that is taken', async () => said(await new Client().known(), operation('1'), operation('1')), 4409],
    ['an id of 200 characters', async () => said(await new Client().known(), operation('x'.repeat(200))), 4400],
    ['9 kB before it is known', async () => said(await new Client().open(), init('x'.repeat(9_000))), 1009],
    ['70 kB at all', async () => said(await new Client().known(), init('x'.repeat(70_000))), 1009],
    ['bytes', async () => said(await new Client().known(), Buffer.from('{"type":"ping"}')), 1003],
    ['600 messages at once', async () => said(await new Client().known(), ...Array(600).fill({ type: 'ping' })), 1008],
    ['nothing for three seconds', async () => new Client().open(), 4408],
  ])('closes the socket for %s', async (_what, come, code) => {
    const client = await come();
    await client.end();
    expect(client.closed?.[0]).toBe(code);
  });

  it('refuses the 51st operation of a connection, and leaves the others', async () => {
    const client = await new Client().known();
    for (let n = 1; n <= 51; n += 1) client.subscribe(String(n), SUBSCRIPTION);
    await expect.poll(() => client.of('51')).toEqual(['error']);
    expect(client.messages.find(({ id }) => id === '51')?.payload).toMatchObject([
      { extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } },
    ]);
    await expect.poll(() => client.of('50')).toEqual(['next']);
    client.say({ id: '1', type: 'complete' });
    client.subscribe('52', SUBSCRIPTION);
    await expect.poll(() => client.of('52')).toEqual(['next']);
    expect(client.closed).toBeNull();
    client.socket.close();
  });

  it('opens no sockets elsewhere', async () => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    socket.write('GET /elsewhere HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(String(answer)).toMatch(/^HTTP\/1\.1 404 /);
  });
});

it('when it drains, every socket is told of it and closed with 1012, and none is completed', async () => {
  await api[Symbol.asyncDispose]();
  api = await startTestApi(store);
  const clients = await Promise.all(Array.from({ length: 20 }, () => new Client().known()));
  for (const client of clients) client.subscribe('s', SUBSCRIPTION);
  for (const client of clients) await expect.poll(() => client.of('s')).toEqual(['next']);
  await api[Symbol.asyncDispose]();
  for (const client of clients) {
    await client.end();
    expect(client.closed).toEqual([1012, expect.stringMatching(/^restart: come back after \d+ ms$/)]);
    expect(client.messages.at(-1)).toMatchObject({
      ...{ id: 's', type: 'next' },
      payload: { data: { signalEvents: { __typename: 'StreamProblem', code: 'SHUTTING_DOWN' } } },
    });
  }
  api = await startTestApi(store);
});

function said(client: Client, ...messages: unknown[]): Client {
  for (const message of messages) {
    if (Buffer.isBuffer(message)) client.socket.send(message, { binary: true });
    else client.say(message);
  }
  return client;
}

const operation = (id: string) => ({ id, type: 'subscribe', payload: { query: SUBSCRIPTION } });
const init = (text: string) => ({ type: 'connection_init', payload: { text } });
