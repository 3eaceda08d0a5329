import { defineConfig } from 'vitest/config';

export default defineConfig({
  // graphql ships two builds; without the alias a test loads both, and every schema "belongs to another realm".
  resolve: { alias: { graphql: 'graphql/index.js' } },
  test: {
    include: ['backend/**/*.test.ts', 'client/**/*.test.ts', 'infra/**/*.test.ts', 'proof/**/*.test.ts'],
    testTimeout: 90_000,
    hookTimeout: 120_000,
    globalSetup: ['./vitest.global.ts'],
  },
});
