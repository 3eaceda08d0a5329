import { generateKeyPair } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import { promisify } from 'node:util';
import { z } from 'zod';
import { type CloudSql, pathOf } from './instance.ts';

/** A port of this machine behind which an instance is. */
export type Tunnel = AsyncDisposable & { readonly port: number };

/** Where an instance answers who brings a certificate of its own. */
const PORT = 3307;
/** A certificate is good for an hour, and a token may have less left. */
const RENEW_MS = 5 * 60_000;

const settingsSchema = z.object({
  serverCaCert: z.object({ cert: z.string() }),
  dnsName: z.string().optional(),
  dnsNames: z
    .array(z.object({ name: z.string(), connectionType: z.string().optional(), dnsScope: z.string().optional() }))
    .optional(),
});
const certificateSchema = z.object({ ephemeralCert: z.object({ cert: z.string() }) });
const newKeys = promisify(generateKeyPair);

/**
 * Reaches an instance as its connectors do: by Private Service Connect, over TLS 1.3, with a certificate that lives for an hour and says who this
 * account is, so that no password is asked for. The proxy beside a pod reaches one instance, and no other.
 */
export async function openTunnel(cloudSql: CloudSql, name: string, farPort = PORT): Promise<Tunnel> {
  let credentials = await newCredentials(cloudSql, name);
  const sockets = new Set<Socket>();
  const server = createServer(async (near) => {
    sockets.add(near);
    near.on('error', () => near.destroy()).on('close', () => sockets.delete(near));
    try {
      if (performance.now() > credentials.until) credentials = await newCredentials(cloudSql, name);
      const far = connect({ ...credentials.secure, port: farPort });
      far.on('error', () => near.destroy()).on('close', () => near.destroy());
      near.on('close', () => far.destroy());
      near.pipe(far).pipe(near);
    } catch {
      // Whoever asked sees that it is cut off, and asks again.
      near.destroy();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

type Credentials = { readonly until: number; readonly secure: ConnectionOptions };

async function newCredentials({ client, token, instance: { project } }: CloudSql, name: string): Promise<Credentials> {
  const path = pathOf({ project, name });
  const until = performance.now() + RENEW_MS;
  const { publicKey, privateKey } = await newKeys('rsa', { modulusLength: 2048 });
  const settings = settingsSchema.parse(await client.ask(`${path}/connectSettings`));
  const { ephemeralCert } = certificateSchema.parse(
    await client.ask(`${path}:generateEphemeralCert`, {
      method: 'POST',
      body: { public_key: publicKey.export({ type: 'spki', format: 'pem' }), access_token: await token() },
    }),
  );
  const host = hostOf(settings, name);
  return {
    until,
    secure: {
      host,
      servername: host,
      ca: settings.serverCaCert.cert,
      cert: ephemeralCert.cert,
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      minVersion: 'TLSv1.3',
    },
  };
}

function hostOf({ dnsName, dnsNames = [] }: z.infer<typeof settingsSchema>, name: string): string {
  const named = dnsNames.find(
    ({ connectionType, dnsScope }) => connectionType === 'PRIVATE_SERVICE_CONNECT' && dnsScope === 'INSTANCE',
  );
  const host = named?.name ?? dnsName;
  if (host === undefined) throw new Error(`${name} has no DNS name, expected an instance with Private Service Connect`);
  return host.replace(/\.$/, '');
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a tunnel listens on no port');
  return address.port;
}
