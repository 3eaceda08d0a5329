import { type Client, createClient } from 'graphql-ws/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Data, playService, type ShownError } from './service.fixture.ts';
import { type Item, nested, SUBSCRIPTION } from './subscription.fixture.ts';

const played = playService();

describe('a mistake over a WebSocket', () => {
  let client: Client;
  const closes: number[] = [];
  beforeAll(() => {
    client = createClient({
      url: played.service.webSocketUrl,
      lazy: false,
      retryAttempts: 0,
      on: { closed: (event) => closes.push((event as CloseEvent).code) },
    });
  });
  afterAll(() => client.dispose());

  const answerTo = (query: string, variables: Data = {}): Promise<ShownError[] | Answer> =>
    new Promise((resolve) => {
      client.subscribe(
        { query, variables },
        {
          next: (answer) => resolve(answer as unknown as Answer),
          error: (error) => resolve(error as unknown as ShownError[]),
          complete: () => resolve({}),
        },
      );
    });

  it.each(
    (
      [
        ['subscription {', {}, 'Syntax Error', 'GRAPHQL_PARSE_FAILED'],
        ['', {}, 'This is no request that is answered here', 'BAD_REQUEST'],
        ['subscription { nope }', {}, 'Cannot query field "nope"', 'GRAPHQL_VALIDATION_FAILED'],
        [SUBSCRIPTION, { after: '!' }, 'Variable "$after" got invalid value "!"; Cursor is "!"', 'BAD_USER_INPUT'],
        [SUBSCRIPTION, { after: 'abc' }, 'after is "abc", expected a cursor of this service', 'BAD_CURSOR'],
        [SUBSCRIPTION, { maxBatch: 'x' }, 'Int cannot represent non-integer value: "x"', 'BAD_USER_INPUT'],
        [SUBSCRIPTION, { maxBatch: 0 }, 'maxBatch is "0", expected an integer from 1 to 500', 'INVALID_INPUT'],
        [SUBSCRIPTION, { maxBatch: 501 }, 'maxBatch is "501", expected an integer from 1 to 500', 'INVALID_INPUT'],
        [SUBSCRIPTION, { from: 'MIDDLE' }, 'does not exist in "StreamStart" enum', 'BAD_USER_INPUT'],
        [SUBSCRIPTION, { filter: { minConfidence: '7' } }, 'filter.minConfidence is "7"', 'INVALID_INPUT'],
        [
          SUBSCRIPTION,
          { filter: JSON.parse(nested(6).replaceAll('not', '"not"')) },
          'filter is "6 levels"',
          'INVALID_INPUT',
        ],
        ['{ signals(first: 0) { nodes { id } } }', {}, 'first is "0"', 'INVALID_INPUT'],
        [
          'query A { health { status } } query B { health { status } }',
          {},
          'operationName is missing, expected the name of one of the 2 operations',
          'OPERATION_RESOLUTION_FAILURE',
        ],
      ] satisfies [string, Data, string, string][]
    ).map(([query, variables, message, code]) => ({ query, variables, message, code })),
  )(
    'is answered with $code, and costs nobody the socket: … $message …',
    async ({ query, variables, message, code }) => {
      const answer = await answerTo(query, variables);
      const [error] = Array.isArray(answer) ? answer : (answer.errors ?? []);
      expect(error?.message).toContain(message);
      expect(error?.extensions).toEqual({ code });
      expect(await answerTo('{ health { status } }')).toEqual({ data: { health: { status: 'HEALTHY' } } });
      expect(closes).toEqual([]);
    },
  );

  it('is answered as well when it is too deep to be read', async () => {
    const socket = new WebSocket(played.service.webSocketUrl, 'graphql-transport-ws');
    const messages: string[] = [];
    socket.addEventListener('message', ({ data }) => messages.push(String(data)));
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    socket.send('{"type":"connection_init"}');
    await expect.poll(() => messages).toEqual(['{"type":"connection_ack"}']);
    const query = 'query ($f: SignalFilter) { signalEvents(filter: $f) { nodes { seq } } }';
    const levels = 7_900;
    const filter = `${'{"not":'.repeat(levels)}{}${'}'.repeat(levels)}`;
    socket.send(`{"id":"1","type":"subscribe","payload":{"query":"${query}","variables":{"f":${filter}}}}`);
    await expect.poll(() => messages.length).toBe(2);
    const payload = [{ message: 'The request is nested too deeply.', extensions: { code: 'BAD_USER_INPUT' } }];
    expect(JSON.parse(messages[1] ?? '')).toEqual({ id: '1', type: 'error', payload });
    socket.close();
  });

  it('leaves no subscription behind in the counts', async () => {
    expect(await played.activeSubscriptions()).toBe(0);
    const items: Item[] = [];
    const leave = client.subscribe<{ signalEvents: Item }>(
      { query: SUBSCRIPTION, variables: { from: 'LIVE' } },
      {
        next: ({ data }) => void items.push(data?.signalEvents as Item),
        error: () => undefined,
        complete: () => undefined,
      },
    );
    await expect.poll(() => items.length).toBeGreaterThan(0);
    expect(await played.activeSubscriptions()).toBe(1);
    leave();
    // At once, not when the next event or sign of life is due.
    await expect.poll(() => played.activeSubscriptions(), { timeout: 2_000, interval: 50 }).toBe(0);
    expect(closes).toEqual([]);
  });
});
