import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { InvalidInput, UserError } from '../errors.ts';
import type { Layout } from './folder.ts';
import { type Postmaster, StartFailure } from './postmaster.ts';

/** From here up to where Linux begins to give out ports to outgoing connections, one of which could sit on ours. */
const FIRST_PORT = 25_432;
const LAST_PORT = 32_767;

/**
 * Starts on the port that was asked for, else on the one of the last time, else on the first free one. Somebody may take a port
 * between the look and the start; the server then says so and the next one is tried.
 */
export async function startOnPort(
  layout: Layout,
  asked: number | undefined,
  start: (port: number) => Promise<Postmaster>,
): Promise<{ port: number; postmaster: Postmaster }> {
  checkPort(asked);
  for (const port of asked === undefined ? candidates(layout) : [asked]) {
    if (!(await isFree(port))) continue;
    try {
      const postmaster = await start(port);
      writeFileSync(layout.port, `${port}\n`);
      return { port, postmaster };
    } catch (error) {
      if (!(error instanceof StartFailure && error.reason === 'port')) throw error;
    }
  }
  throw asked === undefined ? noneFree() : taken(asked);
}

function checkPort(asked: number | undefined): void {
  const isPort = asked === undefined || (Number.isInteger(asked) && asked >= 1_024 && asked <= 65_535);
  if (!isPort) throw new InvalidInput("The database's port", asked, 'a whole number from 1024 to 65535');
}

function* candidates(layout: Layout): Generator<number> {
  const last = lastPort(layout);
  if (last !== null) yield last;
  for (let port = FIRST_PORT; port <= LAST_PORT; port += 1) yield port;
}

function lastPort(layout: Layout): number | null {
  try {
    const port = Number(readFileSync(layout.port, 'utf8'));
    return Number.isInteger(port) && port >= 1_024 && port <= 65_535 ? port : null;
  } catch {
    return null;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function taken(port: number): UserError {
  return new UserError(
    'DATABASE_PORT_TAKEN',
    `The database's port is "${port}", expected a free one: another program listens on 127.0.0.1:${port}.`,
  );
}

function noneFree(): UserError {
  return new UserError('DATABASE_PORT_TAKEN', `No port from ${FIRST_PORT} to ${LAST_PORT} is free for the database.`);
}
