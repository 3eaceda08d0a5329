import { expect, it } from 'vitest';
import { unlike } from './stack.ts';

const outcome = { exitCode: 0, changes: {}, steps: [], complaints: [], output: '', seconds: 1, peakMiB: null };
const nothing = () => false;

it('is content with a run that did only what was wanted', () => {
  expect(unlike({ ...outcome, changes: { same: 3 } }, nothing)).toEqual([]);
  expect(unlike({ ...outcome, changes: { same: 3, create: 2 } }, (op) => op === 'create')).toEqual([]);
});

it('names what else was done, and why a run failed', () => {
  expect(unlike({ ...outcome, changes: { update: 1, delete: 2 } }, nothing)).toEqual(['1 update', '2 delete']);
  expect(unlike({ ...outcome, exitCode: 255, complaints: ['no'] }, nothing)).toEqual(['it ended with 255', 'no']);
  expect(unlike({ ...outcome, exitCode: 255, output: 'what it said' }, nothing)).toEqual([
    'it ended with 255',
    'what it said',
  ]);
  expect(unlike({ ...outcome, exitCode: null }, nothing)).toContain('it ended with null');
});
