import { once } from 'node:events';
import { createServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { type PortName, ports } from '../../roles.ts';
import { InvalidInput, UserError } from '../errors.ts';

export type Address = { readonly host: string; readonly port: number };

/**
 * So many may have connected before the process gets round to them; the system allows as many (net.core.somaxconn). When a balancer or a crowd that
 * comes back finds no room, the kernel drops the attempt without a word, and the client tries again after a second.
 */
const BACKLOG = 4_096;

/** Opens one of the ports of roles.ts and gives its URL. A UserError names the setting to change when the machine refuses. */
export async function listen(server: FastifyInstance, name: PortName, { host, port }: Address): Promise<string> {
  try {
    return await server.listen({ host, port, backlog: BACKLOG });
  } catch (error) {
    throw refusal(error, name, { host, port });
  }
}

/** Opens the port and closes it again: throws as `listen` would. */
export async function probePort(name: PortName, { host, port }: Address): Promise<void> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw refusal(error, name, { host, port });
  }
  server.close();
  await once(server, 'close');
}

function refusal(error: unknown, name: PortName, { host, port }: Address): unknown {
  const { setting, hostSetting } = ports[name];
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    const message = `${setting} is "${port}", expected a free port: another program listens on ${host}:${port}`;
    return new UserError('PORT_IN_USE', message, { cause: error });
  }
  if (code === 'EACCES')
    return new InvalidInput(setting, String(port), 'a port that this user may open (from 1024 on)');
  if (code === 'EADDRNOTAVAIL') return new InvalidInput(hostSetting, host, 'an address of this machine');
  return error;
}
