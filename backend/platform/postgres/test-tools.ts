import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { urlsOf } from './roles.ts';

/** Runs one statement on a connection of its own. */
export async function query(url: string, sql: string) {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

/** The superuser's URL of a server on this data folder. */
export function adminUrl(dataDirectory: string, port: number): string {
  return urlsOf(port, JSON.parse(readFileSync(join(dataDirectory, 'credentials.json'), 'utf8'))).admin;
}

/** Another Node process, in a process group of its own, that runs `script` with the folder's modules at hand; `say` sends a line. */
export function spawnNode(script: string, ...args: string[]) {
  const prelude = `
    const load = (file) => import(new URL(file, ${JSON.stringify(import.meta.url)}));
    const say = (line) => process.stdout.write(line + '\\n');
    const [${args.map((_, index) => `arg${index}`).join(', ')}] = process.argv.slice(1);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', prelude + script, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    nextLine: async (): Promise<string> => {
      const { value, done } = await lines.next();
      if (done) throw new Error('the other process has ended');
      return value;
    },
  };
}

/** A process that starts a server on the folder (its first line is `{ pid, port, ownerUrl }`) and then does what `then` says. */
export async function spawnOwner(dataDirectory: string, then = 'setInterval(() => {}, 1000);') {
  const { child, nextLine } = spawnNode(
    `
    const { startEmbeddedPostgres } = await load('./index.ts');
    const server = await startEmbeddedPostgres({ dataDirectory: arg0 });
    say(JSON.stringify({ pid: server.pid(), port: server.port, ownerUrl: server.ownerUrl }));
    ${then}`,
    dataDirectory,
  );
  const server: { pid: number; port: number; ownerUrl: string } = JSON.parse(await nextLine());
  return { child, nextLine, server };
}

/** `kill -9`, and the wait until the process is gone. */
export async function killNow(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

export async function until(condition: () => boolean | Promise<boolean>, patience = 10_000): Promise<void> {
  for (const deadline = performance.now() + patience; performance.now() < deadline; await sleep(20)) {
    if (await condition()) return;
  }
  throw new Error(`not so within ${patience} ms: ${condition}`);
}
