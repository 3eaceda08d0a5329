import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../testing/process.ts';

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
function start(env: Record<string, string>, ...flags: string[]) {
  return run(env, 'start', '--data-dir', join(folder, 'data'), ...flags);
}

function run(env: Record<string, string>, ...args: string[]) {
  const { status: code, stdout: out, stderr: err } = runCommand(args, env);
  return { code, out, err };
}

describe('what keeps the service from starting is told before anything is started:', () => {
  it.each(['PORT', 'INTERNAL_PORT'])('%s is taken', (setting) => {
    const free = { PORT: '1024', INTERNAL_PORT: '1025' };
    expect(start({ ...free, [setting]: String(taken) })).toEqual({
      code: 2,
      out: '',
      err: `${setting} is "${taken}", expected a free port: another program listens on 127.0.0.1:${taken}\n`,
    });
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('a flag has nothing to do', () => {
    const { code, err } = start({}, '--exit');
    expect([code, err]).toEqual([2, '--exit is given, expected --bars beside it: an invented market does not end\n']);
  });
});

it('says in its help how it is called', () => {
  const { code, out } = start({}, '--help');
  expect(code).toBe(0);
  expect(out).toMatch(/^Usage: npm run start -- \[options\]\n/);
});

it('a ledger that is not there is not made, and does not hold', () => {
  const nowhere = join(folder, 'nowhere');
  expect(run({}, 'verify-ledger', '--data-dir', nowhere)).toMatchObject({
    code: 2,
    err: `--data-dir is "${nowhere}", expected a folder that holds a database of ours\n`,
  });
  expect(existsSync(nowhere)).toBe(false);
});
