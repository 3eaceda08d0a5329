import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventBody } from '../testing/events.ts';
import { LogServer } from '../testing/log-server.ts';

const example = fileURLToPath(new URL('./exactly-once.ts', import.meta.url));
const KILLS = 30;

let server: LogServer;
let folder: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  server = await LogServer.start();
  folder = await mkdtemp(join(tmpdir(), 'exactly-once-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await server.stop();
  await rm(folder, { recursive: true });
});

it('applies every event once although it is killed thirty times', async () => {
  const db = join(folder, 'effects.sqlite');
  for (let round = 0; round < KILLS; round++) {
    append(60);
    // Half of the processes die by their own hand between two effects of one transaction, the others at some moment of a busy stream.
    if (round % 2 === 0)
      expect(await start(db, '--crash-after', String(1 + ((round * 7) % 60))).exit).toEqual([null, 'SIGKILL']);
    else await killAmidEvents(start(db), round);
  }

  append(1);
  const last = server.log.head;
  const { out, exit } = start(db);
  for await (const line of out) if (line.split(' ').includes(String(last))) child?.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);

  const applied = new DatabaseSync(db).prepare('select seq from effects order by seq').all();
  expect(applied.map(({ seq }) => seq)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
});

type Run = { readonly out: AsyncIterable<string>; readonly exit: Promise<unknown[]> };

function start(db: string, ...more: string[]): Run {
  const args = [example, '--url', server.url, '--db', db, '--from', 'beginning', ...more];
  const started = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  child = started;
  return { exit: once(started, 'exit'), out: linesOf(started.stdout.setEncoding('utf8')) };
}

async function killAmidEvents({ out, exit }: Run, round: number): Promise<void> {
  const publishing = setInterval(() => append(3), 1);
  await out[Symbol.asyncIterator]().next();
  await wait((round * 5) % 40);
  child?.kill('SIGKILL');
  clearInterval(publishing);
  expect(await exit).toEqual([null, 'SIGKILL']);
}

function append(count: number): void {
  for (let n = 0; n < count; n++) server.append(eventBody());
}

async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
