import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // graphql ships two builds; without the alias a test loads both, and every schema "belongs to another realm".
  resolve: { alias: { graphql: 'graphql/index.js' } },
  test: {
    include: [
      'alerts/**/*.test.ts',
      'backend/**/*.test.ts',
      'client/**/*.test.ts',
      'dashboards/**/*.test.ts',
      'infra/**/*.test.ts',
      'proof/**/*.test.ts',
      'runbooks/**/*.test.ts',
    ],
    // Most tests wait for a database, a socket or a process most of the time: one more at once than there are cores.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 90_000,
    hookTimeout: 120_000,
    // What is waited for comes at once, or late on a busy machine: not after the second that is usual.
    expect: { poll: { timeout: 20_000 } },
    globalSetup: ['./vitest.global.ts'],
  },
});
