import type { Benchmark } from '../benchmark.ts';
import { prepareAsked } from '../stage/asked.ts';
import { PAGE, sameBody } from '../stage/list.ts';

const READY = 'http, ready bytes';

export const hot: Benchmark = {
  name: 'hot',
  id: 'P6',
  work: `A list of ${PAGE} signals with 12 fields, asked for again and again. Ours is role api with its door, gate, metrics and rate limit, and it reads the head of the stream after each request came (one reading for all that wait); the peers answer from memory, and do none of that.`,
  unit: { name: 'us a request', perMicrosecond: 1 },
  peers: ['@apollo/server', '@as-integrations/fastify', 'mercurius', 'graphql-jit'],
  rounds: 7,
  goals: [{ cost: 1.5, of: READY }],
  prepare: () =>
    prepareAsked({
      variants: [
        { name: 'ours', role: 'ours', server: null, requests: 6_000 },
        { name: 'Apollo + fastify', role: 'peer', server: 'apollo', requests: 2_000 },
        { name: 'mercurius + jit', role: 'peer', server: 'mercurius', requests: 4_000 },
        { name: READY, role: 'limit', server: 'plain', requests: 6_000 },
      ],
      ...{ body: sameBody, fromDatabase: false, connections: 64 },
    }),
};
