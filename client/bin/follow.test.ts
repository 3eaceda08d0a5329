import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventBody } from '../testing/events.ts';
import { LogServer } from '../testing/log-server.ts';

let server: LogServer;

beforeEach(async () => {
  server = await LogServer.start();
  for (let n = 0; n < 50; n++) server.append(eventBody());
});
afterEach(() => server.stop());

const command = fileURLToPath(new URL('./follow.ts', import.meta.url));

function start(...args: string[]) {
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr.setEncoding('utf8');
  return child;
}

async function code(child: ChildProcess): Promise<number | null> {
  return child.exitCode ?? ((await once(child, 'exit'))[0] as number | null);
}

it('prints a table without colours into a pipe, ends at SIGINT with exit code 0, and tells how to go on', async () => {
  const child = start('--url', server.url);
  const out = text(child.stdout);
  let err = '';
  child.stderr.on('data', (chunk: string) => {
    err += chunk;
    if (!err.includes('live, waiting') || child.killed) return;
    child.kill('SIGINT');
    child.kill('SIGINT');
  });
  expect(await code(child)).toBe(0);
  const lines = (await out).trimEnd().split('\n');
  expect(lines).toHaveLength(12);
  expect(lines.join('')).not.toMatch(/\p{Cc}/u);
  expect(err.trimEnd().split('\n').at(-1)).toMatch(
    /^10 events\. To go on from here: npm run follow -- --url \S+ --after \S+$/,
  );
});

it('ends with exit code 0 when a reader such as head has gone', async () => {
  const child = start('--url', server.url, '--from-beginning', '--json');
  const err = text(child.stderr);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  for (let n = 0; n < 5; n++) server.append(eventBody());
  expect(await code(child)).toBe(0);
  expect(await err).not.toContain('EPIPE');
});

it('ends with exit code 2 and one line for a mistake in the arguments', async () => {
  const child = start('--limit', 'many');
  const err = text(child.stderr);
  expect(await code(child)).toBe(2);
  expect(await err).toBe('--limit is "many", expected a whole number from 1\n');
});
