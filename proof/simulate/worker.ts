import { parentPort } from 'node:worker_threads';
import type { Bug } from './bugs.ts';
import { runSeed, type SeedResult } from './run-seed.ts';

/** Plays the seeds that it is asked for, one after the other, and answers with what came of them. */
parentPort?.on('message', async ({ seeds, bug }: { readonly seeds: readonly number[]; readonly bug: Bug | null }) => {
  const results: SeedResult[] = [];
  for (const seed of seeds) results.push({ ...(await runSeed(seed, bug)), trace: '' });
  parentPort?.postMessage(results);
});
