import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { ATTACKS } from './cases/index.ts';
import { perform } from './perform.ts';
import type { Scene } from './scene/scene.ts';
import { runVariants } from './variants/run-variants.ts';
import type { Transport } from './wire/answer.ts';

const typeDefs = readFileSync(join(import.meta.dirname, '../../schema.graphql'), 'utf8');
const rootValue = { health: () => ({ status: 'HEALTHY', checks: [] }), signals: () => ({ nodes: [], edges: [] }) };

/** Apollo and graphql-ws over our schema as their first examples start them: whatever we do beside them is missing. */
let scene: Scene;
const stops: (() => unknown)[] = [];
beforeAll(async () => {
  const apollo = new ApolloServer({ typeDefs, resolvers: { Query: rootValue }, nodeEnv: 'development' });
  const { url } = await startStandaloneServer(apollo, { listen: { host: '127.0.0.1', port: 0 } });
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const sockets = useServer(
    { schema: buildSchema(typeDefs), roots: { query: rootValue } },
    new WebSocketServer({ server: http }),
  );
  stops.push(
    () => apollo.stop(),
    () => sockets.dispose(),
    () => http.close(),
  );
  scene = {
    production: {
      ...{ url, webSocketUrl: `ws://127.0.0.1:${(http.address() as AddressInfo).port}` },
      ...{ figures: async () => null, isAlive: async () => true, output: () => '' },
    },
    ...{ eventsUrl: null, seed: 1, machine: { delayMs: async () => 0 }, tell: () => undefined },
    ...{ credential: async () => ({ authorization: 'Bearer anybody' }) },
    get deployment(): never {
      throw new Error('this server is deployed nowhere');
    },
  };
});
afterAll(async () => {
  for (const stop of stops) await stop();
});

async function verdictOn(number: string, transport: Transport): Promise<string | undefined> {
  const attack = ATTACKS.find((one) => one.number === number);
  if (attack === undefined) throw new Error(`There is no case ${number}`);
  return (await perform(scene, attack)).find((row) => row.transport === transport)?.verdict;
}

describe('a server with the defaults of its libraries', () => {
  it.each([
    '1',
    '3',
    '4',
    '6',
    '7',
    '8',
    '10',
    '11',
    '15',
    '16',
    '17',
    '18',
    '19',
    '21',
    '23',
    '29',
    '32',
    '33',
    '34',
    '40',
    '43',
    '48',
    '50',
  ])('is found unsafe over HTTP by case %s', async (number) => {
    expect(await verdictOn(number, 'http')).toBe('UNSAFE');
  });

  it.each(['2', '3', '7', '16', '17', '18', '21', '33', '50'])(
    'is found unsafe over a WebSocket by case %s',
    async (number) => {
      expect(await verdictOn(number, 'websocket')).toBe('UNSAFE');
    },
  );

  it.each(['S2.1', 'S2.5', 'S2.6', 'S2.7'])('has finding %s of the scanner', async (number) => {
    expect(await verdictOn(number, 'http')).toBe('UNSAFE');
  });

  it('is found unsafe by most of the made-up variants', async () => {
    const { safe, all } = await runVariants(scene, 60, 1, () => undefined);
    expect(safe / all).toBeLessThan(0.5);
  });

  it('fails a trial that cannot be made, rather than passing it', async () => {
    expect(await verdictOn('79', 'http')).toBe('UNSAFE');
  });
});

describe('the list', () => {
  it('has each of the 132 cases, and the 13 findings of the scanner', () => {
    const numbers = ATTACKS.map(({ number }) => number);
    const missing = Array.from({ length: 132 }, (_, n) => String(n + 1)).filter((number) => !numbers.includes(number));
    expect(missing).toEqual([]);
    expect(numbers.filter((number) => number.startsWith('S2.'))).toHaveLength(13);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('has a trial or a probe for each', async () => {
    const { SURFACES } = await import('./surfaces.ts');
    const probed = SURFACES.flatMap(({ attacks }) => attacks);
    const idle = ATTACKS.filter(({ number, trials }) => Object.keys(trials).length === 0 && !probed.includes(number));
    expect(idle).toEqual([]);
  });
});
