import { setTimeout as sleep } from 'node:timers/promises';
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { type Client, createClient } from 'graphql-ws/client';
import { describe, expect, it } from 'vitest';
import { resumableLink } from '../../../client/apollo.ts';
import { follow } from '../../../client/follow.ts';
import { resumable } from '../../../client/graphql-ws.ts';
import { playService } from './service.fixture.ts';
import { type Item, SUBSCRIPTION } from './subscription.fixture.ts';

const played = playService();
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe('a restart of the server', () => {
  it('is survived by programs of graphql-ws and Apollo Client as they are published, and with our wrapper without a repetition', {
    timeout: 120_000,
  }, async () => {
    const [plain, apollo] = [webSocketProgram((client) => client), apolloProgram([])];
    const [plainResumed, apolloResumed, ours] = [
      webSocketProgram((client) => resumable(client)),
      apolloProgram([resumableLink()]),
      ourProgram(),
    ];
    const programs = [plain, apollo, plainResumed, apolloResumed, ours];
    const before = await played.head();
    for (const program of programs) await expect.poll(() => program.seqs.at(-1), { timeout: 20_000 }).toBe(before);
    expect(await apollo.query()).toBe('HEALTHY');
    expect(await played.activeSubscriptions()).toBe(5);

    expect(await played.service.stop()).toBe(0);
    expect(played.service.output).toContain('Stopped.');
    expect(played.service.output).toMatch(/log +\d+ events, hash chain holds/);
    expect(plain.problems).toEqual(['SHUTTING_DOWN']);
    await expect.poll(() => plain.closes).toEqual([1012]);

    await played.goOn();
    const after = await played.head();
    expect(after).toBeGreaterThan(before + 20);
    for (const program of programs) await expect.poll(() => program.seqs.at(-1), { timeout: 30_000 }).toBe(after);
    expect(await apollo.query()).toBe('HEALTHY');

    // A published client asks again as it asked at first, from the beginning: it gets all of it, twice what came before.
    for (const program of [plain, apollo]) {
      expect(program.completed).toBe(false);
      expect([...new Set(program.seqs)]).toEqual(upTo(after));
    }
    for (const program of [plainResumed, apolloResumed, ours]) expect(program.seqs).toEqual(upTo(after));
    for (const program of programs) await program.end();
    await expect.poll(() => played.activeSubscriptions(), { timeout: 5_000 }).toBe(0);
  });
});

const VARIABLES = { from: 'BEGINNING', maxBatch: 100 };
// As the documentation of graphql-ws has it for a server that is not there: without shouldRetry only a closed socket is opened again.
const retry = { retryAttempts: 400, retryWait: () => sleep(50), shouldRetry: () => true };

function webSocketProgram(wrap: (published: Client) => Client) {
  const program = { seqs: [] as number[], problems: [] as string[], closes: [] as number[], completed: false };
  const published = createClient({
    url: played.service.webSocketUrl,
    ...retry,
    on: {
      closed: (event) => void ((event as CloseEvent).code !== 1006 && program.closes.push((event as CloseEvent).code)),
    },
  });
  const client = wrap(published);
  client.subscribe<{ signalEvents: Item }>(
    { query: SUBSCRIPTION, variables: VARIABLES },
    {
      next: ({ data }) => {
        program.seqs.push(...(data?.signalEvents.events ?? []).map(({ seq }) => seq));
        if (data?.signalEvents.code !== undefined) program.problems.push(data.signalEvents.code);
      },
      error: () => undefined,
      complete: () => {
        program.completed = true;
      },
    },
  );
  return Object.assign(program, { end: async () => client.dispose() });
}

function apolloProgram(before: readonly ApolloLink[]) {
  const sockets = ApolloLink.from([
    ...before,
    new GraphQLWsLink(createClient({ url: played.service.webSocketUrl, ...retry })),
  ]);
  const http = new HttpLink({ uri: `${played.service.url}/graphql` });
  const client = new ApolloClient({
    link: ApolloLink.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, sockets, http),
    cache: new InMemoryCache({
      possibleTypes: { SignalStreamItem: ['SignalEventBatch', 'StreamCheckpoint', 'StreamProblem'] },
    }),
  });
  const program = { seqs: [] as number[], completed: false };
  const subscription = client
    .subscribe<{ signalEvents: Item }>({ query: gql(SUBSCRIPTION), variables: VARIABLES, fetchPolicy: 'no-cache' })
    .subscribe({
      next: ({ data }) => program.seqs.push(...(data?.signalEvents.events ?? []).map(({ seq }) => seq)),
      complete: () => {
        program.completed = true;
      },
    });
  const query = async () => {
    const { data } = await client.query<{ health: { status: string } }>({
      query: gql('{ health { status } }'),
      fetchPolicy: 'network-only',
    });
    return data?.health.status;
  };
  return Object.assign(program, { query, end: async () => subscription.unsubscribe() });
}

function ourProgram() {
  const leave = new AbortController();
  const program = { seqs: [] as number[] };
  const done = (async () => {
    for await (const { events } of follow({
      url: played.service.webSocketUrl,
      from: 'BEGINNING',
      maxBatch: 100,
      signal: leave.signal,
    }))
      program.seqs.push(...events.map(({ seq }) => seq));
  })();
  return Object.assign(program, {
    async end() {
      leave.abort();
      await done;
    },
  });
}
