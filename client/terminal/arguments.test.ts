import { expect, it } from 'vitest';
import { parseArguments, UsageError } from './arguments.ts';

it('follows the local service and prints a table when nothing is said', () => {
  expect(parseArguments([])).toEqual({
    url: 'ws://127.0.0.1:4000/graphql',
    symbols: [],
    json: false,
    fromBeginning: false,
    after: undefined,
    cursorFile: undefined,
    limit: Number.POSITIVE_INFINITY,
  });
});

it('reads every option, with = or with a space', () => {
  const args = [
    '--url=https://signals.example:8443',
    '--symbols',
    'AAPL, MSFT',
    '--json',
    '--after=abc',
    '--cursor-file',
    './-place',
    '--limit',
    '5',
  ];
  expect(parseArguments(args)).toEqual({
    url: 'wss://signals.example:8443/graphql',
    symbols: ['AAPL', 'MSFT'],
    json: true,
    fromBeginning: false,
    after: 'abc',
    cursorFile: './-place',
    limit: 5,
  });
});

it('helps whatever else is right', () => {
  expect(parseArguments(['--json', '--help'])).toBe('help');
});

it.each([
  [['--limit', 'many'], '--limit is "many", expected a whole number from 1'],
  [['--limit', '0'], '--limit is "0", expected a whole number from 1'],
  [['--limit=-3'], '--limit is "-3", expected a whole number from 1'],
  [['--limit'], '--limit has no value, expected one behind it'],
  [['--cursor-file', '--json'], '--cursor-file has no value, expected one behind it'],
  [['--symbols', 'A,,B'], '--symbols is "A,,B", expected names separated by commas, such as AAPL,MSFT'],
  [['--url', 'ftp://x'], '--url is "ftp://x", expected an address such as ws://127.0.0.1:4000/graphql'],
  [['--url', 'y'.repeat(99)], `--url is "${'y'.repeat(63)}…", expected an address such as ws://127.0.0.1:4000/graphql`],
  [['--json=yes'], '--json is "yes", expected no value'],
  [['--json', '--json'], '--json is given twice, expected once'],
  [['--after', 'x', '--from-beginning'], '--after is "x", expected no --from-beginning beside it'],
])('refuses %j', (args, message) => {
  expect(() => parseArguments(args)).toThrow(new UsageError(message));
});

it.each([['--symbol', 'A'], ['AAPL'], ['-j'], ['--no-json']])(
  'names the options that there are when it meets %j',
  (...args) => {
    expect(() => parseArguments(args)).toThrow(
      /, expected one of --url, --symbols, --json, --from-beginning, --after, --cursor-file, --limit, --help$/,
    );
  },
);
