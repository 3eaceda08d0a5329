import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

let folder: string;
let other: Server;
let taken: number;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'start-'));
  other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  taken = (other.address() as AddressInfo).port;
});
afterAll(() => {
  other.close();
  rmSync(folder, { recursive: true });
});

/** What a person sees who types `npm start`, with nothing of this process's environment. */
async function start(env: Record<string, string>, ...flags: string[]) {
  const args = ['--import', 'tsx', 'backend/main.ts', 'start', '--data-dir', join(folder, 'data'), ...flags];
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, out, err };
}

describe('what keeps the service from starting is told before anything is started:', () => {
  it.each(['PORT', 'INTERNAL_PORT'])('%s is taken', async (setting) => {
    const free = { PORT: '1024', INTERNAL_PORT: '1025' };
    expect(await start({ ...free, [setting]: String(taken) })).toEqual({
      code: 2,
      out: '',
      err: `${setting} is "${taken}", expected a free port: another program listens on 127.0.0.1:${taken}\n`,
    });
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('a flag has nothing to do', async () => {
    const { code, err } = await start({}, '--exit');
    expect([code, err]).toEqual([2, '--exit is given, expected --bars beside it: an invented market does not end\n']);
  });
});

it('says in its help how it is called', async () => {
  const { code, out } = await start({}, '--help');
  expect(code).toBe(0);
  expect(out).toMatch(/^Usage: npm run start -- \[options\]\n/);
});

it('a ledger that is not there is not made, and does not hold', async () => {
  const nowhere = join(folder, 'nowhere');
  const args = ['--import', 'tsx', 'backend/main.ts', 'verify-ledger', '--data-dir', nowhere];
  const child = spawn(process.execPath, args, { cwd: ROOT, env: {}, stdio: ['ignore', 'ignore', 'pipe'] });
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect({ code, err }).toEqual({
    code: 2,
    err: `--data-dir is "${nowhere}", expected a folder that holds a database of ours\n`,
  });
  expect(existsSync(nowhere)).toBe(false);
});
