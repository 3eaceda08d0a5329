import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

/**
 * Runs code inside a running Node process: what bad code, a full heap or a clock that steps would do, done to the real one. The process
 * must have been started with this inspector port.
 */
export async function runInside(pid: number, port: number, code: string): Promise<void> {
  process.kill(pid, 'SIGUSR1');
  const socket = new WebSocket(await addressAt(port));
  await once(socket, 'open');
  const answered = once(socket, 'message').catch(() => undefined);
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: code } }));
  // Some code leaves nobody to answer.
  await Promise.race([answered, once(socket, 'close'), sleep(1_000)]);
  socket.on('error', () => undefined);
  socket.terminate();
}

/** Collects all that is not used any more. */
export const COLLECT = `process.getBuiltinModule('v8').setFlagsFromString('--expose-gc');
  globalThis.ownGc ??= process.getBuiltinModule('vm').runInNewContext('gc');
  for (let time = 0; time < 3; time += 1) globalThis.ownGc();`;

async function addressAt(port: number): Promise<string> {
  for (let tried = 0; ; tried += 1) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
      const [target] = (await answer.json()) as { webSocketDebuggerUrl: string }[];
      if (target !== undefined) return target.webSocketDebuggerUrl;
    } catch (error) {
      if (tried > 100) throw error;
    }
    await sleep(50);
  }
}
