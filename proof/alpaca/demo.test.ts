import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Listener } from '../live-feed/listener.ts';
import { main } from './demo.ts';
import { MINUTE, minutes, OPEN, restOf, streamOf } from './testing.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-'));
  file = join(folder, 'bars.csv');
  const rows = [...minutes('SPY', OPEN, 380), ...minutes('SPY', OPEN + 3 * 86_400_000, 380)].map(
    ({ symbol, start, ...values }) =>
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
    expect(text).toContain('SPY from 2013-10-07T13:30:00.000Z on, 600 times real time');
    const variable = (name: string) => new RegExp(`${name}=(\\S+)`).exec(text)?.[1] ?? '';
    const address = {
      clock: demo.server.clock,
      httpUrl: variable('ALPACA_DATA_URL'),
      streamUrl: () => `${variable('ALPACA_STREAM_URL')}/v2/${variable('ALPACA_FEED')}`,
    };
    const listener = new Listener(streamOf(address, { subscription: { bars: [variable('ALPACA_SYMBOLS')] } }));
    const { barStart } = await listener.next('BAR');
    expect((await listener.next('BAR')).barStart).toBe(barStart + MINUTE);

    const { signal } = new AbortController();
    const { skewMs, time } = await restOf(address).clock(signal);
    expect(Math.abs(skewMs)).toBeLessThan(MINUTE);
    const history = { symbols: ['SPY'], timeframe: '1m', from: 0, until: time, feed: 'iex' } as const;
    const { value } = await restOf(address).bars(history, signal).next();
    expect(value?.length).toBeGreaterThanOrEqual(380);
  });

  it('leaps over the night', async () => {
    const { demo, text } = await run('--bars', file, '--speed', '600', '--port', '0', '--from', '2013-10-04T19:40:00Z');
    if (!('server' in demo)) throw new Error(text);
    const listener = new Listener(streamOf(demo.server, { subscription: { bars: ['SPY'] } }));
    const monday = OPEN + 3 * 86_400_000;
    let { barStart } = await listener.next('BAR');
    expect(barStart).toBeLessThan(monday);
    while (barStart < monday) barStart = (await listener.next('BAR')).barStart;
    expect(barStart).toBe(monday);
    expect(listener.all('STALLED')).toEqual([]);
  });

  it('takes faults, typed or random', async () => {
    expect((await run('--bars', file, '--port', '0', '--faults', 'seed:3')).text).toMatch(/faults: \d{2,}\./);
    const typed = await run('--bars', file, '--port', '0', '--faults', 'mute@2013-10-07T14:00Z');
    expect(typed.text).toContain('faults: 1.');
  });

  it.each([
    [['--help'], 0, 'Usage: npm run demo:alpaca'],
    [[], 1, '--bars is missing'],
    [['--bars', 'no-such-file.csv'], 1, '--bars is "no-such-file.csv", expected a file that exists'],
    [['--bars', 'FILE', '--speed', 'fast'], 1, '--speed is "fast", expected a whole number from 1 to 100000'],
    [['--bars', 'FILE', '--from', '1999-01-01'], 1, '--from is "1999-01-01", expected an instant from 2013-10-04'],
    [['--bars', 'FILE', '--faults', 'rain'], 1, '--faults is "rain", expected KIND'],
    [['--rain'], 2, "Unknown option '--rain'"],
  ])('says what is wrong: %j', async (args, exitCode, sentence) => {
    const { demo, text } = await run(...args.map((arg) => (arg === 'FILE' ? file : arg)));
    expect(demo).toEqual({ exitCode });
    expect(text).toContain(sentence);
  });
});
