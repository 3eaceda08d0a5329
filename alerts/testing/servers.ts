import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Works with a server of somebody else once it is ready. When this is over it has ended, and writes into its folder no more. */
export async function withServer<Result>(
  child: ChildProcess,
  address: string,
  work: (address: string) => Promise<Result>,
): Promise<Result> {
  try {
    await untilReady(child, address);
    return await work(address);
  } finally {
    const end = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null;
    child.kill();
    await end;
  }
}

/** Waits until a server of somebody else says that it is ready. */
export async function untilReady(child: ChildProcess, address: string): Promise<void> {
  for (let tries = 0; tries < 3_000; tries += 1) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
    const ready = await fetch(`${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${child.spawnfile} is not ready after five minutes`);
}

/** Below the ports that the system gives to whoever asks for any: somebody could be given it before the server of ours listens. */
const FIRST_PORT = 12_000;
const PORTS = 12_000;

/** A port of this machine that nobody listens at. Throws when it finds none. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = FIRST_PORT + randomInt(PORTS);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${FIRST_PORT} on is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
