import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, holderOf } from './lock.ts';
import { identityOf } from './process.ts';
import { spawnNode } from './test-tools.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heliograph-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** What a process that was killed leaves. */
function leaveLock(content: string): void {
  mkdirSync(join(folder, 'lock'));
  writeFileSync(join(folder, 'lock', '7'), content);
}

describe('acquireLock', () => {
  it('is held by one until it is released', () => {
    const lock = acquireLock(folder);
    expect(() => acquireLock(folder)).toThrow('in use by this process');
    expect(holderOf(folder)).toEqual(identityOf(process.pid));

    lock.release();
    expect(holderOf(folder)).toBeNull();
    acquireLock(folder).release();
  });

  it.skipIf(process.platform !== 'linux')('is not fooled by an id that another process has now', () => {
    leaveLock(JSON.stringify({ pid: process.pid, started: 'long ago' }));
    expect(holderOf(folder)).toBeNull();
    acquireLock(folder).release();
  });

  it('takes over from a holder that is gone, and from a file that a power cut spoilt', () => {
    leaveLock('{"pid": 12');
    acquireLock(folder).release();
  });

  it('has one holder at a time among processes that race for it, also when holders die', async () => {
    const racers = Array.from({ length: 3 }, () =>
      spawnNode(
        `
        const { openSync, closeSync, rmSync, readdirSync, writeFileSync } = await import('node:fs');
        const { acquireLock } = await load('./lock.ts');
        let held = 0, refused = 0, shared = 0;
        for (const end = Date.now() + 1000; Date.now() < end; ) {
          let lock;
          try { lock = acquireLock(arg0); } catch (error) {
            if (error.code !== 'DATABASE_IN_USE') throw error;
            refused += 1;
            continue;
          }
          held += 1;
          try { closeSync(openSync(arg0 + '/critical', 'wx')); rmSync(arg0 + '/critical'); } catch { shared += 1; }
          if (held % 2 === 0) lock.release();
          else {
            const mine = Math.max(...readdirSync(arg0 + '/lock').filter((name) => /^[0-9]+$/.test(name)).map(Number));
            writeFileSync(arg0 + '/lock/' + mine, '{"pid":99999999,"started":null}');
          }
        }
        say(JSON.stringify({ held: held > 10, shared }));`,
        folder,
      ),
    );
    for (const { nextLine } of racers) expect(JSON.parse(await nextLine())).toEqual({ held: true, shared: 0 });
  });
});
