import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../common/repository.ts';
import { withSummary } from './summary.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const results = readFileSync(join(import.meta.dirname, 'RESULTS.md'), 'utf8');

it('shows in the README what the page of the last drill says', () => {
  expect(readme).toBe(withSummary(readme, results));
});

it('says nothing of a drill in which something did not hold', () => {
  expect(() => withSummary(readme, results.replace('| node | held |', '| node | FAILED |'))).toThrow('3 of the 4 rows');
});
