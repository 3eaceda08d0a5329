import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

// What infra/, alerts/ and dashboards/ import is loaded by plain Node, without the loader that the rest of the backend runs under.
const leaves = [
  'roles.ts',
  'jobs.ts',
  'settings.ts',
  'metrics/catalogue.ts',
  'metrics/registry.ts',
  'calendar/index.ts',
];

it.each(leaves)('%s loads under plain Node', (leaf) => {
  const address = new URL(leaf, import.meta.url).href;
  const result = spawnSync(process.execPath, ['--input-type=module'], {
    input: `const leaf = await import(${JSON.stringify(address)}); process.stdout.write(Object.keys(leaf).join());`,
    encoding: 'utf8',
    // Empty: no NODE_OPTIONS may lend it a loader.
    env: {},
  });
  expect(result.stderr).toBe('');
  expect(result.stdout).not.toBe('');
  expect(result.status).toBe(0);
});
