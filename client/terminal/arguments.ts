import { parseArgs } from 'node:util';

export type FollowArguments = {
  readonly url: string;
  /** Empty: all. */
  readonly symbols: readonly string[];
  readonly json: boolean;
  readonly fromBeginning: boolean;
  readonly after: string | undefined;
  readonly cursorFile: string | undefined;
  readonly limit: number;
};

/** A mistake on the command line, told as name, value and what was expected. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export const DEFAULT_URL = 'ws://127.0.0.1:4000/graphql';

export const usage = `Prints trading signals as they arrive, and survives restarts of the server.

  npm run follow -- [options]

  --url URL            address of the service       (default ${DEFAULT_URL})
  --symbols A,B        only these symbols           (default all)
  --json               one JSON object per event on each line
  --from-beginning     the whole log, then live     (default the last 10 events, then live)
  --after CURSOR       what came after this cursor, then live
  --cursor-file FILE   keep the place in FILE, and go on from there when it exists
  --limit N            stop after N events
  --help               this text

Signals go to standard output, everything else to standard error. Ctrl-C ends it and tells how to go on.
Exit code: 0 ended as asked, 1 the stream cannot go on (a gap, a cursor that is too old), 2 a mistake in the arguments.`;

const options = {
  url: { type: 'string' },
  symbols: { type: 'string' },
  json: { type: 'boolean' },
  'from-beginning': { type: 'boolean' },
  after: { type: 'string' },
  'cursor-file': { type: 'string' },
  limit: { type: 'string' },
  help: { type: 'boolean' },
} as const;
type Name = keyof typeof options;

/** Throws UsageError. */
export function parseArguments(args: readonly string[]): FollowArguments | 'help' {
  const given = readOptions(args);
  if (given.has('help')) return 'help';
  if (given.has('after') && given.has('from-beginning'))
    throw wrong('--after', given.get('after') ?? '', 'no --from-beginning beside it');

  return {
    url: serviceUrl(given.get('url') ?? DEFAULT_URL),
    symbols: given.has('symbols') ? symbolList(given.get('symbols') ?? '') : [],
    json: given.has('json'),
    fromBeginning: given.has('from-beginning'),
    after: given.get('after'),
    cursorFile: given.get('cursor-file'),
    limit: given.has('limit') ? count(given.get('limit') ?? '') : Number.POSITIVE_INFINITY,
  };
}

function readOptions(args: readonly string[]): Map<Name, string> {
  const known = Object.keys(options).map((name) => `--${name}`);
  // Not strict: its messages say what Node's parser expected, not what this command does.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true, allowPositionals: true });
  const given = new Map<Name, string>();

  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') throw wrong('An argument', token.value, `one of ${known.join(', ')}`);
    if (!isName(token.name)) throw wrong('An option', token.rawName, `one of ${known.join(', ')}`);
    if (given.has(token.name)) throw new UsageError(`${token.rawName} is given twice, expected once`);
    given.set(token.name, optionValue(token.name, token.value));
  }
  return given;
}

function optionValue(name: Name, value: string | undefined): string {
  if (options[name].type === 'boolean') {
    if (value !== undefined) throw wrong(`--${name}`, value, 'no value');
    return '';
  }
  // `--cursor-file --json` forgot a file; nobody means a file of that name.
  if (value === undefined || value === '' || value.startsWith('--')) {
    throw new UsageError(`--${name} has no value, expected one behind it`);
  }
  return value;
}

function isName(name: string): name is Name {
  return Object.hasOwn(options, name);
}

function serviceUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^(ws|http)s?:$/.test(url.protocol) || url.hash !== '') {
    throw wrong('--url', text, `an address such as ${DEFAULT_URL}`);
  }
  if (url.pathname === '/') url.pathname = '/graphql';
  return url.href.replace(/^http/, 'ws');
}

function symbolList(text: string): string[] {
  const symbols = text.split(',').map((symbol) => symbol.trim());
  if (symbols.includes('')) throw wrong('--symbols', text, 'names separated by commas, such as AAPL,MSFT');
  return symbols;
}

function count(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw wrong('--limit', text, 'a whole number from 1');
  return Number(text);
}

export function wrong(name: string, value: string, expected: string): UsageError {
  const cut = value.length > 64 ? `${value.slice(0, 63)}…` : value;
  return new UsageError(`${name} is ${JSON.stringify(cut)}, expected ${expected}`);
}
