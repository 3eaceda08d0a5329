import { expect, it } from 'vitest';
import { exitCode, table } from './table.ts';

const passed = { level: 0, part: 'stacks.test.ts', objects: 365, checks: 12, failed: 0 };
const absent = { level: 1, notRun: 'there is no API server' };

it('shows what ran, and why the rest did not', () => {
  expect(table([passed, absent])).toBe(
    [
      'level  stack or part                    objects  checks  failed',
      '0      stacks.test.ts                   365      12      0',
      '1      not run: there is no API server',
    ].join('\n'),
  );
});

it('is a success only when every level ran, checked something, and nothing failed', () => {
  expect(exitCode([passed])).toBe(0);
  expect(exitCode([passed, absent])).toBe(2);
  expect(exitCode([{ ...passed, failed: 1 }, absent])).toBe(1);
  expect(exitCode([{ ...passed, checks: 0 }])).toBe(1);
});
