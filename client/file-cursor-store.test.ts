import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileCursorStore } from './file-cursor-store.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cursor-'));
  path = join(folder, 'place');
});
afterEach(() => rm(folder, { recursive: true }));

it('holds nothing before the first save, then what was saved last', async () => {
  const store = fileCursorStore(path);
  expect(await store.load()).toBeNull();
  await store.save('first');
  await store.save('second');
  expect(await store.load()).toBe('second');
  expect(await readFile(path, 'utf8')).toBe('second\n');
});

it('keeps the old cursor when a save was cut off half way', async () => {
  const store = fileCursorStore(path);
  await store.save('old');
  await writeFile(`${path}.new`, 'hal');
  expect(await store.load()).toBe('old');
  await store.save('new');
  expect(await store.load()).toBe('new');
});

it.each(['', '\n', 'two\nlines\n', 'bin\u0000ary', 'naïve'])(
  'refuses a file that holds %j instead of starting anew',
  async (text) => {
    await writeFile(path, text);
    await expect(fileCursorStore(path).load()).rejects.toThrow(
      `Cursor file "${path}" holds no cursor, expected one line`,
    );
  },
);

it('rejects a save that cannot be written', async () => {
  await expect(fileCursorStore(join(folder, 'missing', 'place')).save('x')).rejects.toThrow('ENOENT');
});

it('holds a whole cursor, never an older one, after every kill -9', async () => {
  const padding = 'x'.repeat(20_000);
  const module = new URL('./file-cursor-store.ts', import.meta.url).href;
  const program = `
    const { fileCursorStore } = await import(${JSON.stringify(module)});
    const store = fileCursorStore(process.argv[1]);
    let n = Number((await store.load() ?? '0-').split('-')[0]);
    await store.save(++n + '-${padding}');
    console.log('ready');
    for (;;) await store.save(++n + '-${padding}');`;
  let last = 0;
  for (let round = 0; round < 8; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await wait(5 + Math.random() * 60);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const [number, rest] = ((await fileCursorStore(path).load()) ?? `${last}-${padding}`).split('-');
    expect(rest).toBe(padding);
    expect(Number(number)).toBeGreaterThanOrEqual(last);
    last = Number(number);
  }
  expect(last).toBeGreaterThanOrEqual(8);
});
