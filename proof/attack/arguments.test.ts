import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';

describe('the arguments of the attack', () => {
  it('are everything with many variants when nothing is said, and few with --fast', () => {
    const all = { only: null, fast: false, variants: 400, seed: 1, writeResults: false };
    expect(parseArguments([], ['16'])).toEqual(all);
    expect(parseArguments(['--fast'], ['16'])).toEqual({ ...all, fast: true, variants: 40 });
    expect(parseArguments(['--help'], ['16'])).toBe('help');
  });

  it('choose cases, without variants unless they are asked for', () => {
    expect(parseArguments(['--only', '16, S2.1'], ['16', 'S2.1'])).toMatchObject({ only: ['16', 'S2.1'], variants: 0 });
    expect(parseArguments(['--only', '16', '--variants', '7', '--seed', '9'], ['16'])).toMatchObject({
      variants: 7,
      seed: 9,
    });
  });

  it('are refused with the value and what was expected', () => {
    expect(() => parseArguments(['--only', '999'], ['16'])).toThrow('--only is "999", expected numbers of cases');
    expect(() => parseArguments(['--seed', '-1'], ['16'])).toThrow();
    expect(() => parseArguments(['--seed', 'x'], ['16'])).toThrow('--seed is "x", expected an integer from 0');
    expect(() => parseArguments(['--nonsense'], ['16'])).toThrow('--nonsense');
  });
});
