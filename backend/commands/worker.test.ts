import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openTestStore } from '../testing/database.ts';

const within = { timeout: 60_000, interval: 100 };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

it('the role worker runs the jobs in a process of its own, and stops when it is asked to', async () => {
  await using store = await openTestStore('worker');
  const port = await freePort();
  const child = spawn(process.execPath, ['--import', 'tsx', 'backend/main.ts', 'start', '--role', 'worker'], {
    cwd: join(import.meta.dirname, '../..'),
    env: { DATABASE_URL: store.database.applicationUrl, INTERNAL_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  try {
    const states = async () =>
      (await store.pool.query(`select distinct state from pgboss.job where name = 'daily-ingestion-xnys'`)).rows;
    await expect.poll(states, within).toEqual([{ state: 'completed' }]);
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(page).toMatch(/^job_duration_seconds_count\{job_name="daily-ingestion-xnys"\} 1$/m);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);

    child.kill('SIGTERM');
    expect(await once(child, 'exit'), output).toEqual([0, null]);
    expect(output).not.toContain('"level":"warn"');
    expect(output).not.toContain('"level":"error"');
  } finally {
    child.kill('SIGKILL');
  }
});
