import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileCursorStore } from '../file-cursor-store.ts';
import { LogServer } from '../testing/log-server.ts';
import { main } from './watch.ts';

let server: LogServer;
let folder: string;
let notes: string[];

beforeEach(async () => {
  server = await LogServer.start();
  folder = await mkdtemp(join(tmpdir(), 'cursor-file-'));
  notes = [];
});
afterEach(async () => {
  await server.stop();
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
});

/** Follows with its place in that file until the signal; a mistake has to end it before. */
function run(file: string, signal = AbortSignal.timeout(5_000)): Promise<number> {
  const terminal = { print: async () => {}, note: (line: string) => void notes.push(line) };
  const table = { colour: false, headerEvery: 100, width: 200 };
  return main(['--url', server.url, '--cursor-file', file], { ...terminal, ...table }, signal);
}

async function refusal(file: string): Promise<string> {
  expect(await run(file)).toBe(2);
  expect(server.requests).toEqual([]);
  expect(notes).toHaveLength(1);
  return notes[0] ?? '';
}

it('refuses a file in a folder that is missing, before it connects', async () => {
  expect(await refusal(`${folder}/no/f`)).toBe(
    `--cursor-file is "${folder}/no/f", expected a file in a folder that exists`,
  );
});

it('refuses a file below something that is no folder', async () => {
  await writeFile(join(folder, 'f'), '');
  expect(await refusal(`${folder}/f/g`)).toBe(
    `--cursor-file is "${folder}/f/g", expected a file in a folder that exists`,
  );
});

it('refuses a folder', async () => {
  expect(await refusal(folder)).toBe(`--cursor-file is "${folder}", expected a file, not a folder`);
});

// The administrator may write anywhere.
it.skipIf(process.getuid?.() === 0)('refuses a folder that this user may not write to', async () => {
  await chmod(folder, 0o500);
  expect(await refusal(`${folder}/f`)).toBe(
    `--cursor-file is "${folder}/f", expected a file that this user may read, in a folder that this user may write to`,
  );
});

it('refuses a place that nothing can be written beside', async () => {
  await mkdir(join(folder, 'f.new'));
  expect(await refusal(`${folder}/f`)).toBe(
    `--cursor-file is "${folder}/f", expected a file that can be written (EISDIR)`,
  );
});

it.each(['', 'two words\n', '\u0000\u0001', '{"a":\n1}'])('refuses a file that holds %j', async (text) => {
  await writeFile(join(folder, 'f'), text);
  expect(await refusal(`${folder}/f`)).toBe(
    `--cursor-file is "${folder}/f", expected a file that holds a cursor as this service gave it; delete it to start anew`,
  );
});

it('leaves nothing behind, and the place as it was', async () => {
  const file = join(folder, 'f');
  const stop = AbortSignal.abort();
  expect(await run(file, stop)).toBe(0);
  expect(await readdir(folder)).toEqual([]);
  await fileCursorStore(file).save(server.log.cursor(0));
  expect(await run(file, stop)).toBe(0);
  expect(await readdir(folder)).toEqual(['f']);
  expect(await fileCursorStore(file).load()).toBe(server.log.cursor(0));
});
