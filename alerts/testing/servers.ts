import type { ChildProcess } from 'node:child_process';
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

/** A port of this machine that nobody listens at. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
