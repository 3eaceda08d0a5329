import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileCursorStore } from '../file-cursor-store.ts';
import { eventBody, instruments } from '../testing/events.ts';
import { until } from '../testing/following.ts';
import { LogServer } from '../testing/log-server.ts';
import type { SignalEvent } from '../types.ts';
import { main } from './watch.ts';

let server: LogServer;
let folder: string;
let stop: AbortController;
let printed: string[];
let notes: string[];

beforeEach(async () => {
  server = await LogServer.start();
  folder = await mkdtemp(join(tmpdir(), 'follow-'));
  stop = new AbortController();
  printed = [];
  notes = [];
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

function run(...args: string[]): Promise<number> {
  const terminal = {
    print: async (text: string) => void printed.push(text),
    note: (line: string) => void notes.push(line),
    colour: false,
    headerEvery: 100,
    width: 200,
  };
  return main(args.includes('--url') ? args : ['--url', server.url, ...args], terminal, stop.signal);
}

function seqs(): number[] {
  return printed.map((line) => (JSON.parse(line) as SignalEvent).seq);
}

function append(count: number, symbol: 0 | 1 | 2 = 0): void {
  for (let n = 0; n < count; n++)
    server.append(eventBody('PUBLISHED', { signal: { instrument: instruments[symbol] } }));
}

describe('where it begins', () => {
  it('shows the last ten events and then what happens, none missing in between', async () => {
    append(25);
    const running = run('--json', '--limit', '13');
    await until(() => printed.length === 10);
    append(3);
    expect(await running).toBe(0);
    expect(seqs()).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28]);
  });

  it('misses nothing when the log was empty', async () => {
    const running = run('--json', '--limit', '2');
    await until(() => server.requests.length > 0);
    expect(server.requests).toMatchObject([{ from: 'BEGINNING' }]);
    append(2);
    await running;
    expect(seqs()).toEqual([1, 2]);
  });

  it('shows the whole log from the beginning', async () => {
    append(25);
    await run('--json', '--from-beginning', '--limit', '25');
    expect(seqs()).toHaveLength(25);
  });

  it('waits for the server and says so', async () => {
    await server.stop();
    append(1);
    const running = run('--limit', '1');
    await until(() => notes.length > 1);
    await server.start();
    expect(await running).toBe(0);
    expect(notes[0]).toMatch(/^the server is away, trying again in 0\.\d s$/);
    expect(printed.join('')).toContain('SPY       LONG   published');
  });
});

describe('symbols', () => {
  it('finds them on any page and in any case of letters, and prints only theirs', async () => {
    append(3, 0);
    append(1, 2);
    append(1, 1);
    await run('--json', '--symbols', 'btc-usd,QQQ', '--limit', '2');
    expect(seqs()).toEqual([4, 5]);
  });

  it('names the known symbols when one is unknown', async () => {
    expect(await run('--symbols', 'SPY,SPX')).toBe(2);
    expect(notes).toEqual(['--symbols is "SPX", expected one of BTC-USD, QQQ, SPY']);
  });
});

describe('the place', () => {
  it('goes on from the cursor that it names at the end', async () => {
    append(6);
    await run('--json', '--from-beginning', '--limit', '4');
    const command = /To go on from here: npm run follow -- (.*)$/.exec(notes.at(-1) ?? '')?.[1] ?? '';
    expect(command).toContain(`--url ${server.url} --json --after `);
    printed = [];
    await run(...command.split(' '), '--limit', '2');
    expect(seqs()).toEqual([5, 6]);
  });

  it('keeps it in a file, to the event', async () => {
    const file = join(folder, 'place');
    append(5);
    await run('--json', '--from-beginning', '--cursor-file', file, '--limit', '3');
    expect(await fileCursorStore(file).load()).toBe(server.log.cursor(3));
    await run('--json', '--cursor-file', file, '--limit', '2');
    expect(seqs()).toEqual([1, 2, 3, 4, 5]);
    expect(notes.at(-1)).toBe(
      `3 events. To go on from here: npm run follow -- --url ${server.url} --json --cursor-file ${file}`.replace(
        '3',
        '2',
      ),
    );
  });

  it('ends when the cursor in the file is too old, and says what to do', async () => {
    const file = join(folder, 'place');
    append(9);
    await fileCursorStore(file).save(server.log.cursor(1));
    server.log.retainFrom(5);
    expect(await run('--json', '--cursor-file', file)).toBe(1);
    expect(notes).toEqual([`told as OUTDATED_CURSOR (OUTDATED_CURSOR). Delete "${file}" to start anew`]);
    expect(printed).toEqual([]);
  });

  it('tells a person who only watches that events are missing, and goes on', async () => {
    append(9);
    server.log.retainFrom(5);
    expect(await run('--json', '--after', server.log.cursor(1), '--limit', '5')).toBe(0);
    expect(seqs()).toEqual([5, 6, 7, 8, 9]);
    expect(notes).toContain(
      'told as OUTDATED_CURSOR (OUTDATED_CURSOR); events may be missing here, going on from the next ones',
    );
  });

  it('ends when a cursor is none: a mistake of the command line, or a file of something else', async () => {
    const file = join(folder, 'place');
    await fileCursorStore(file).save('abc');
    expect(await run('--after', 'abc')).toBe(2);
    expect(await run('--cursor-file', file)).toBe(2);
    expect(await run('--cursor-file', file, '--after', server.log.cursor(0))).toBe(2);
    const refused = `--cursor-file is "${file}", expected a file that holds a cursor as this service gave it; delete it to start anew`;
    expect(notes).toEqual(['--after is "abc", expected a cursor exactly as this service gave it', refused, refused]);
  });
});

it('survives a restart of the server and prints every event once', async () => {
  append(2);
  const running = run('--json', '--limit', '6');
  await until(() => printed.length === 2 && notes.length > 0);
  await server.stop(1012);
  append(2);
  await until(() => notes.length > 1);
  await server.start();
  await until(() => printed.length === 4 && notes.length > 2);
  append(2);
  expect(await running).toBe(0);
  expect(seqs()).toEqual([1, 2, 3, 4, 5, 6]);
  expect(notes.slice(0, -1)).toEqual([
    'live, waiting for the next signal; Ctrl-C ends',
    expect.stringMatching(/^the server is restarting, trying again in 0\.\d s$/),
    ...notes.filter((line) => line.startsWith('the server is away')),
    'live again',
  ]);
});

it('explains the asterisk once, and not to programs', async () => {
  append(3);
  await run('--limit', '3');
  await run('--json', '--limit', '3');
  expect(notes.filter((line) => line.startsWith('*'))).toEqual([
    '* this model has not been seen to be better than its baselines',
  ]);
});

it('ends at the signal, and tells how to go on', async () => {
  append(1);
  const running = run();
  await until(() => notes.includes('live, waiting for the next signal; Ctrl-C ends'));
  stop.abort();
  expect(await running).toBe(0);
  expect(notes.at(-1)).toBe(
    `1 event. To go on from here: npm run follow -- --url ${server.url} --after ${server.log.cursor(1)}`,
  );
});

it('ends quietly when nobody reads its output any more', async () => {
  append(1);
  const closed = Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' });
  const terminal = {
    print: () => Promise.reject(closed),
    note: (line: string) => void notes.push(line),
    colour: false,
    headerEvery: 9,
    width: 200,
  };
  expect(await main(['--url', server.url], terminal, stop.signal)).toBe(0);
  expect(notes).toEqual([]);
});

it('ends at once when something else answers at the address', async () => {
  expect(await run('--url', server.url.replace('/graphql', '/other'))).toBe(1);
  expect(notes).toEqual([
    `${server.url.replace('ws', 'http').replace('/graphql', '/other')} answered with status 404 and no GraphQL, expected the address of the service`,
  ]);
});
