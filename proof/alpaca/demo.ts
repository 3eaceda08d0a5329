import { parseArgs } from 'node:util';
import { calendarById } from '../../backend/calendar/index.ts';
import { InvalidInput, UserError } from '../../backend/platform/errors.ts';
import { DEMO_OPTIONS, failureOf, instantIn, iso, numberOf, spanOf } from '../recorded/arguments.ts';
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
                   (kinds: halt, dry, flap, mute, deaf, repeat, drop, swap, correct, malformed, huge, http, slow, garbled, clock)
  --help           this text

It runs until it is interrupted.`;

type Write = (line: string) => void;

/** A server that runs, or an exit code where there is nothing to run. */
export type Demo = { readonly server: AlpacaServer } | { readonly exitCode: number };

const KEYS = { key: 'demo-key', secret: 'demo-secret' };
const DAY = 86_400_000;
const OPTIONS = { ...DEMO_OPTIONS, feeds: { type: 'string' } } as const;

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
    const speed = numberOf('--speed', values.speed ?? '60', 1, 100_000);
    const port = numberOf('--port', values.port ?? '8765', 0, 65_535);
    const faults = faultsOf(recording, startAt, values.faults);
    const symbolLimit = Math.max(FREE_PLAN.symbolLimit, recording.symbols.length);
    const account = { ...FREE_PLAN, ...KEYS, feeds: feedsOf(values.feeds ?? 'iex,sip'), symbolLimit };
    const server = await AlpacaServer.start({ recording, accounts: [account], startAt, speed, port, faults });
    for (const line of introduction({ server, recording, startAt, faults })) write(line);
    return { server };
  } catch (error) {
    const { sentence, exitCode } = failureOf(error);
    write(sentence);
    return { exitCode };
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

function startOf(recording: Recording, from: string | undefined): number {
  if (from !== undefined) return instantIn(recording, from);
  const { first, last } = spanOf(recording);
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
