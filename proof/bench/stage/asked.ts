import { startServer } from '../benches/ingest/server.ts';
import { Difference, type Prepared, type Variant } from '../benchmark.ts';
import { cpuOfChildren } from '../cpu.ts';
import type { Setup } from '../servers/setup.ts';
import { loadHttp } from '../traffic/http-load.ts';
import { createTable, nodesOf, PAGE } from './list.ts';
import { type Running, startOther, startRole } from './process.ts';
import { openPublisher } from './signals.ts';

export type Asked = {
  readonly variants: readonly (Pick<Variant, 'name' | 'role'> & {
    readonly server: Setup['server'] | null;
    readonly requests: number;
  })[];
  /** Of the n-th request. */
  readonly body: (number: number) => string;
  /** Whether the others read their database. */
  readonly fromDatabase: boolean;
  readonly connections: number;
};

const SIGNALS = 1_000;

/** A service and its peers with the same signals, asked for the same list. */
export async function prepareAsked({ variants, body, fromDatabase, connections }: Asked): Promise<Prepared> {
  const server = await startServer(['bench_asked']);
  const [database] = server.databases;
  if (database === undefined) throw new Error('the server made no database');
  const publisher = await openPublisher(database);
  const signals = await publisher.publish(Array.from({ length: SIGNALS }, (_, index) => index));
  await publisher.close();
  await createTable(database, signals);
  const nodes = nodesOf(signals).slice(0, PAGE);
  const expected = JSON.stringify({ data: { signals: { nodes } } });
  const running: Running[] = [];
  let number = 0;
  const made = [];
  for (const { name, role, server: other, requests } of variants) {
    const setup = fromDatabase ? { databaseUrl: database.ownerUrl } : { signals: nodes };
    const process =
      other === null
        ? await startRole('api', { DATABASE_URL: database.applicationUrl })
        : await startOther({ server: other, ...setup });
    running.push(process);
    made.push({
      ...{ name, role, server: () => process.cpu(), elsewhere: () => cpuOfChildren(server.pid) },
      run: async () => {
        const first = number;
        number += requests;
        await loadHttp({
          ...{
            port: process.port,
            path: '/graphql',
            connections,
            count: requests,
            body: (index) => body(first + index),
          },
          look: (answer) => {
            if (answer.trimEnd() !== expected)
              throw new Difference(`${name} answered ${answer.slice(0, 300)}, expected ${expected.slice(0, 300)}`);
          },
        });
        return requests;
      },
    });
  }
  return {
    variants: made,
    check: async () => [`every answer of every variant, to the byte: ${expected.length} bytes`],
    notes: [
      `${connections} connections, one request after the other on each; the database's processes count too, PostgreSQL ${server.version}, embedded`,
    ],
    close: async () => {
      for (const process of running) await process.stop();
      await server.stop();
    },
  };
}
