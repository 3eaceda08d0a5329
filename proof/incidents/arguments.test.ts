import { expect, it } from 'vitest';
import { choose } from './arguments.ts';

const known = ['one', 'two'];

it('all incidents are chosen unless some are named', () => {
  expect(choose([], known)).toEqual({ names: known, speed: 60, keep: false, writeResults: false });
  expect(choose(['--only', 'two', '--scale', '20', '--keep', '--write-results'], known)).toEqual({
    names: ['two'],
    speed: 20,
    keep: true,
    writeResults: true,
  });
  expect(choose(['--help'], known)).toBe('help');
});

it.each([
  [['--only', 'three'], '--only is "three", expected one of: one, two'],
  [['--scale', '7'], '--scale is "7", expected a divisor of 60'],
  [['--scale', '-1'], /--scale/],
  [['--scale', '1e1'], '--scale is "1e1", expected a divisor of 60'],
  [['more'], /more/],
] as const)('%j is refused', (args, sentence) => {
  expect(choose(args, known)).toEqual({
    wrong: typeof sentence === 'string' ? sentence : expect.stringMatching(sentence),
  });
});
