import { expect, it } from 'vitest';
import { seqsOf, wrongWith } from './verdict.ts';

it('reads the numbers that lines begin with, and nothing else', () => {
  expect(seqsOf('1 PUBLISHED SIMA LONG\n2 TRIGGERED SIMA LONG\ncoming back in 3 s\n\n3 4 5\n')).toEqual([
    1, 2, 3, 4, 5,
  ]);
});

it('is content with every seq once and in order', () => {
  expect(wrongWith([1, 2, 3], 3)).toBeNull();
});

it('tells what is left out, what comes twice and what is missing at the end', () => {
  expect(wrongWith([1, 3], 3)).toBe('printed 3 after 1, expected 2');
  expect(wrongWith([1, 2, 2, 3], 3)).toBe('printed 2 after 2, expected 3');
  expect(wrongWith([2], 2)).toBe('printed 2 after nothing, expected 1');
  expect(wrongWith([1, 2], 3)).toBe('printed 2 events, expected 3');
  expect(wrongWith([], 3)).toBe('printed 0 events, expected 3');
});
