import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux gives to outgoing connections and to whoever asks for any: one of these could sit on ours until the service
 * that it is for listens, or while that restarts.
 */
const FIRST_PORT = 12_000;
const PORTS = 12_000;
let next = randomInt(PORTS);

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < PORTS; tried += 1) {
    next += 1;
    const port = FIRST_PORT + (next % PORTS);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
