import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { logServerPerTest, until, upTo } from '../testing/following.ts';

const fixture = logServerPerTest();
const example = fileURLToPath(new URL('subscribe.sh', import.meta.url));
const lacking = spawnSync('curl', ['--version']).status !== 0 || spawnSync('bash', ['--version']).status !== 0;

it.skipIf(lacking)('follows with curl over server-sent events, and comes back with the last id', async () => {
  fixture.append(3);
  const child = spawn('bash', [example, fixture.server.httpUrl], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void (child.pid !== undefined && process.kill(-child.pid, 'SIGKILL')));
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const seqs = () => printed.split('\n').filter(Boolean).map(Number);

  await until(() => seqs().length === 3);
  fixture.server.dropAll();
  fixture.append(3);
  await until(() => seqs().length >= 6);
  await fixture.server.stop();
  fixture.append(3);
  await fixture.server.start();
  await until(() => seqs().length >= 9);
  expect(seqs()).toEqual(upTo(9));
  expect(fixture.server.requests.at(-1)).toMatchObject({ after: fixture.server.log.cursor(6) });
});
