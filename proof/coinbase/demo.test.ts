import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { LiveEvent } from '../../backend/market-data/live/feed.ts';
import { Listener, until } from '../live-feed/listener.ts';
import { main } from './demo.ts';
import { fedBar, feedOf, minutes, START } from './testing.ts';

const bars = [...minutes('BTCUSD', START, 180), ...minutes('ETHUSD', START, 180)];
let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-'));
  file = join(folder, 'bars.csv');
  const rows = bars.map(({ symbol, start, ...values }) =>
    [symbol, new Date(start).toISOString(), values.open, values.high, values.low, values.close, values.volume].join(),
  );
  await writeFile(file, ['symbol,timestamp,open,high,low,close,volume', ...rows].join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(...args: string[]) {
  const lines: string[] = [];
  const demo = await main(args, (line) => lines.push(line));
  onTestFinished(async () => {
    if ('server' in demo) await demo.server.close();
  });
  return { demo, text: lines.join('\n') };
}

describe('the demo', () => {
  it('prints the variables for npm start, and serves the file on the recorded time at its speed', async () => {
    const { demo, text } = await run('--bars', file, '--speed', '600', '--port', '0');
    if (!('server' in demo)) throw new Error(text);
    expect(text).toContain('BTC-USD, ETH-USD from 2018-04-05T13:59:00.000Z on, 600 times real time');
    const variable = (name: string) => new RegExp(`${name}=(\\S+)`).exec(text)?.[1] ?? '';
    const address = {
      clock: demo.server.clock,
      httpUrl: variable('COINBASE_DATA_URL'),
      streamUrl: variable('COINBASE_STREAM_URL'),
      products: variable('COINBASE_PRODUCTS').split(','),
    };
    const listener = new Listener<LiveEvent>(feedOf(address));
    await until(() => listener.all('BAR').length >= 6);
    const truth = new Map(bars.map(fedBar).map((bar) => [`${bar.instrumentId} ${bar.barStart}`, bar]));
    for (const { bar } of listener.all('BAR')) expect(bar).toEqual(truth.get(`${bar.instrumentId} ${bar.barStart}`));
  });

  it('takes faults, typed or random', async () => {
    expect((await run('--bars', file, '--port', '0', '--faults', 'seed:3')).text).toMatch(/faults: \d{1,3}\./);
    const typed = await run('--bars', file, '--port', '0', '--faults', 'mute@2018-04-05T14:00Z');
    expect(typed.text).toContain('faults: 1.');
  });

  it.each([
    [['--help'], 0, 'Usage: npm run demo:coinbase'],
    [[], 1, '--bars is missing'],
    [['--bars', 'no-such-file.csv'], 1, '--bars is "no-such-file.csv", expected a file that exists'],
    [['--bars', 'FILE', '--speed', '100000'], 1, '--speed is "100000", expected a whole number from 1 to 3600'],
    [['--bars', 'FILE', '--from', '1999-01-01'], 1, '--from is "1999-01-01", expected an instant from 2018-04-05'],
    [['--bars', 'FILE', '--faults', 'rain'], 1, '--faults is "rain", expected KIND'],
    [['--rain'], 2, "Unknown option '--rain'"],
  ])('says what is wrong: %j', async (args, exitCode, sentence) => {
    const { demo, text } = await run(...args.map((arg) => (arg === 'FILE' ? file : arg)));
    expect(demo).toEqual({ exitCode });
    expect(text).toContain(sentence);
  });
});
