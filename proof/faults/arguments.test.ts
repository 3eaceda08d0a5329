import { expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';

const known = ['bars.committed', 'client'];
const parse = (...args: string[]) => parseArguments(args, known);

it('runs everything three times, and a thousand clients, unless told otherwise', () => {
  expect(parse('kill')).toMatchObject({ points: known, seeds: 3, seed: 1, clientKills: 1_000, quick: false });
  expect(parse('kill', '--quick')).toMatchObject({ points: known, seeds: 1, clientKills: 100, quick: true });
  expect(parse('kill', '--quick', '--seeds', '2', '--client-kills', '0')).toMatchObject({ seeds: 2, clientKills: 0 });
  expect(parse('kill', '--points', 'client')).toMatchObject({ points: ['client'] });
});

it('tells a mistake with the name, the value and what was expected', () => {
  expect(() => parse()).toThrow('The command is "", expected kill');
  expect(() => parse('kill', 'all')).toThrow('An argument is "all", expected nothing after kill but options');
  expect(() => parse('kill', '--points', 'client,bars')).toThrow(
    '--points is "bars", expected names out of bars.committed, client',
  );
  expect(() => parse('kill', '--seeds', '0')).toThrow('--seeds is "0", expected a whole number from 1 to 100');
  expect(() => parse('kill', '--wat')).toThrow("Unknown option '--wat'");
});
