import { parseArgs } from 'node:util';
import { calendarById } from '../../backend/calendar/index.ts';
import { InvalidInput, UserError } from '../../backend/platform/errors.ts';
import { type Recording, readRecording } from '../recorded/recording.ts';
import { type Account, FREE_PLAN } from './server/account.ts';
import { type Fault, parseFaults, randomFaults } from './server/faults.ts';
import { AlpacaServer } from './server/server.ts';

const HELP = `Serves recorded 1-minute bars on this machine as Alpaca's market data would: stream and REST, on the recorded time.

Usage: npm run demo:alpaca -- --bars FILE [--speed N] [--port P] [--from INSTANT] [--feeds FEEDS] [--faults FAULTS]

  --bars FILE      CSV or CSV.gz: symbol,timestamp,open,high,low,close,volume
  --speed N        times real time, 1 to 100000 (default 60); nights are leapt over
  --port P         (default 8765)
  --from INSTANT   where the stream begins, such as 2013-10-10T13:30:00Z; what is before is history for REST
                   (default: after two thirds of the sessions)
  --feeds FEEDS    what the account's plan allows, such as iex (default iex,sip): other feeds are refused as Alpaca refuses them
  --faults FAULTS  what goes wrong: seed:N for random faults, or a list such as
                   mute@2013-10-10T14:30:00Z+300,drop:SPY@2013-10-10T15:00:00Z,http:500@2013-10-10T15:10:00Z+60
                   (kinds: halt, flap, mute, deaf, repeat, drop, swap, correct, malformed, huge, http, slow, garbled, clock)
  --help           this text

It runs until it is interrupted.`;

type Write = (line: string) => void;

/** A server that runs, or an exit code where there is nothing to run. */
export type Demo = { readonly server: AlpacaServer } | { readonly exitCode: number };

const KEYS = { key: 'demo-key', secret: 'demo-secret' };
const DAY = 86_400_000;
const OPTIONS = {
  bars: { type: 'string' },
  speed: { type: 'string' },
  port: { type: 'string' },
  from: { type: 'string' },
  feeds: { type: 'string' },
  faults: { type: 'string' },
  help: { type: 'boolean' },
} as const;

if (import.meta.main) {
  const demo = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));
  if ('exitCode' in demo) process.exitCode = demo.exitCode;
  else process.once('SIGINT', () => void demo.server.close());
}

/** Starts the server and prints the variables with which `npm start` reads from it. */
export async function main(args: readonly string[], write: Write): Promise<Demo> {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    if (values.help) {
      write(HELP);
      return { exitCode: 0 };
    }
    if (values.bars === undefined) throw new UserError('MISSING_OPTION', '--bars is missing, expected a CSV of bars');
    const recording = await readRecording(values.bars);
    const startAt = startOf(recording, values.from);
    const speed = number('--speed', values.speed ?? '60', 1, 100_000);
    const port = number('--port', values.port ?? '8765', 0, 65_535);
    const faults = faultsOf(recording, startAt, values.faults);
    const symbolLimit = Math.max(FREE_PLAN.symbolLimit, recording.symbols.length);
    const account = { ...FREE_PLAN, ...KEYS, feeds: feedsOf(values.feeds ?? 'iex,sip'), symbolLimit };
    const server = await AlpacaServer.start({ recording, accounts: [account], startAt, speed, port, faults });
    for (const line of introduction({ server, recording, startAt, faults })) write(line);
    return { server };
  } catch (error) {
    write(error instanceof Error ? error.message : String(error));
    return { exitCode: error instanceof UserError ? 1 : 2 };
  }
}

type Started = {
  readonly server: AlpacaServer;
  readonly recording: Recording;
  readonly startAt: number;
  readonly faults: readonly Fault[];
};

function introduction({ server, recording: { symbols }, startAt, faults }: Started): string[] {
  const pace = `from ${iso(startAt)} on, ${server.clock.speed} times real time`;
  return [
    `Alpaca's protocol on ${server.httpUrl}: ${symbols.join(', ')} ${pace}; faults: ${faults.length}.`,
    'In another terminal:',
    '',
    '  export FEED=alpaca ALPACA_FEED=iex',
    `  export ALPACA_API_KEY=${KEYS.key} ALPACA_SECRET_KEY=${KEYS.secret}`,
    `  export ALPACA_STREAM_URL=${server.streamUrl('iex').replace('/v2/iex', '')}`,
    `  export ALPACA_DATA_URL=${server.httpUrl} ALPACA_TRADING_URL=${server.httpUrl}`,
    `  export ALPACA_SYMBOLS=${symbols.join(',')}`,
    '  npm start',
  ];
}

function startOf({ bars }: Recording, from: string | undefined): number {
  const first = bars[0]?.start;
  const last = bars.at(-1)?.start;
  if (first === undefined || last === undefined) throw new UserError('BAD_BARS_FILE', '--bars has no bar');
  if (from !== undefined) {
    const instant = Date.parse(from);
    if (instant >= first && instant <= last) return instant;
    throw new InvalidInput('--from', from, `an instant from ${iso(first)} to ${iso(last)}`);
  }
  const sessions = calendarById('XNYS')
    .sessions(first - DAY, last)
    .filter(({ close }) => close > first);
  return Math.max(first, sessions[Math.floor((sessions.length * 2) / 3)]?.open ?? first);
}

function faultsOf(recording: Recording, startAt: number, text: string | undefined): readonly Fault[] {
  if (text === undefined) return [];
  const seed = /^seed:(\d{1,9})$/.exec(text)?.[1];
  return seed === undefined ? parseFaults(text) : randomFaults(Number(seed), recording, startAt);
}

function feedsOf(text: string): Account['feeds'] {
  return text.split(',').map((name) => {
    if (name === 'iex' || name === 'sip') return name;
    throw new InvalidInput('--feeds', text, 'iex, sip, or both with a comma between them');
  });
}

function number(name: string, text: string, from: number, to: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw new InvalidInput(name, text, `a whole number from ${from} to ${to}`);
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
