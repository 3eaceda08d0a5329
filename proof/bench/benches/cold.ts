import type { Benchmark } from '../benchmark.ts';
import { prepareAsked } from '../stage/asked.ts';
import { otherBody, PAGE } from '../stage/list.ts';

const MERCURIUS = 'mercurius + jit + pg';

export const cold: Benchmark = {
  name: 'cold',
  id: 'P7',
  work: `The newest ${PAGE} signals with 12 fields out of Postgres, under another cursor with each request, so that no answer is ready. Ours is role api with its door and gate; it asks Postgres which signals these are and how far they have come, and has what never changes in memory if it was read before. The others have a table of 12 columns made for this list.`,
  unit: { name: 'us a request', perMicrosecond: 1 },
  peers: ['@apollo/server', '@as-integrations/fastify', '@mikro-orm/postgresql', 'mercurius', 'graphql-jit', 'pg'],
  rounds: 7,
  goals: [{ cost: 0.85, of: MERCURIUS }],
  prepare: () =>
    prepareAsked({
      variants: [
        { name: 'ours', role: 'ours', server: null, requests: 2_000 },
        { name: 'Apollo + fastify + MikroORM', role: 'peer', server: 'apollo', requests: 500 },
        { name: MERCURIUS, role: 'peer', server: 'mercurius', requests: 2_000 },
        { name: 'http + pg, text columns', role: 'limit', server: 'plain', requests: 2_000 },
      ],
      ...{ body: otherBody, fromDatabase: true, connections: 16 },
    }),
};
