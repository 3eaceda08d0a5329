import { parseArgs } from 'node:util';
import { UserError } from '../../backend/platform/errors.ts';
import { DEMO_OPTIONS, failureOf, instantIn, iso, numberOf, spanOf } from '../recorded/arguments.ts';
import { type Recording, readRecording } from '../recorded/recording.ts';
import { type Fault, parseFaults, randomFaults } from './server/faults.ts';
import { CoinbaseServer } from './server/server.ts';

const HELP = `Serves recorded 1-minute bars on this machine as Coinbase Exchange's market data would: trades that make exactly these bars, with
heartbeats, and candles, trades, products and time by REST, on the recorded time.

Usage: npm run demo:coinbase -- --bars FILE [--speed N] [--port P] [--from INSTANT] [--faults FAULTS]

  --bars FILE      CSV or CSV.gz: symbol,timestamp,open,high,low,close,volume; BTCUSD is served as the product BTC-USD
  --speed N        times real time, 1 to 3600 (default 60)
  --port P         (default 8766)
  --from INSTANT   where the stream begins, such as 2018-04-06T00:00:00Z; what is before is history for REST
                   (default: after two thirds of the recording)
  --faults FAULTS  what goes wrong: seed:N for random faults, or a list such as
                   mute@2018-04-06T01:00:00Z+300,drop:BTC-USD@2018-04-06T01:10:00Z,http:500@2018-04-06T01:20:00Z+60
                   (kinds: drop, repeat, swap, blind, flap, mute, deaf, malformed, huge, http, garbled, clock)
  --help           this text

It runs until it is interrupted.`;

type Write = (line: string) => void;

/** A server that runs, or an exit code where there is nothing to run. */
export type Demo = { readonly server: CoinbaseServer } | { readonly exitCode: number };

const MINUTE = 60_000;

if (import.meta.main) {
  const demo = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));
  if ('exitCode' in demo) process.exitCode = demo.exitCode;
  else process.once('SIGINT', () => void demo.server.close());
}

/** Starts the server and prints the variables with which `npm start` reads from it. */
export async function main(args: readonly string[], write: Write): Promise<Demo> {
  try {
    const { values } = parseArgs({ args: [...args], options: DEMO_OPTIONS });
    if (values.help) {
      write(HELP);
      return { exitCode: 0 };
    }
    if (values.bars === undefined) throw new UserError('MISSING_OPTION', '--bars is missing, expected a CSV of bars');
    const recording = await readRecording(values.bars);
    const startAt = values.from === undefined ? defaultStart(recording) : instantIn(recording, values.from);
    const speed = numberOf('--speed', values.speed ?? '60', 1, 3_600);
    const port = numberOf('--port', values.port ?? '8766', 0, 65_535);
    const faults = faultsOf(recording, startAt, values.faults);
    const server = await CoinbaseServer.start({ recording, startAt, speed, port, faults });
    for (const line of introduction(server, startAt, faults)) write(line);
    return { server };
  } catch (error) {
    const { sentence, exitCode } = failureOf(error);
    write(sentence);
    return { exitCode };
  }
}

function introduction(server: CoinbaseServer, startAt: number, faults: readonly Fault[]): string[] {
  const pace = `from ${iso(startAt)} on, ${server.clock.speed} times real time`;
  return [
    `Coinbase's protocol on ${server.httpUrl}: ${server.products.join(', ')} ${pace}; faults: ${faults.length}.`,
    'In another terminal:',
    '',
    `  export FEED=coinbase COINBASE_PRODUCTS=${server.products.join(',')}`,
    `  export COINBASE_STREAM_URL=${server.streamUrl} COINBASE_DATA_URL=${server.httpUrl}`,
    '  npm start',
  ];
}

function defaultStart(recording: Recording): number {
  const { first, last } = spanOf(recording);
  return Math.floor((first + ((last - first) * 2) / 3) / MINUTE) * MINUTE;
}

function faultsOf(recording: Recording, startAt: number, text: string | undefined): readonly Fault[] {
  if (text === undefined) return [];
  const seed = /^seed:(\d{1,9})$/.exec(text)?.[1];
  return seed === undefined ? parseFaults(text) : randomFaults(Number(seed), recording, startAt);
}
