import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { catalogue } from '../../backend/metrics/catalogue.ts';

const backend = join(import.meta.dirname, '../../backend');
const sources = globSync('**/*.ts', { cwd: backend })
  .filter((path) => !path.startsWith('metrics/') && !/(\.test|\.fixture|testing)/.test(path))
  .map((path) => readFileSync(join(backend, path), 'utf8'))
  .join('\n');

it.each(Object.keys(catalogue))('%s can be asked for, because some code of the service emits it', (key) => {
  // Called at once, or handed to what calls it.
  expect(sources).toMatch(
    new RegExp(`[mM]etrics(\\.|\\[[^\\]]*')${key}\\b|\\{[^{}]*\\b${key}\\b[^{}]*\\} = (this\\.#)?metrics`),
  );
});
