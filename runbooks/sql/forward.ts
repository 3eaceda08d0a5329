import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { namespaces } from '../../infra/names.ts';

/** The way to the database that a pod has, as long as it is held. */
export type Way = AsyncDisposable & { readonly address: string };

const LIMIT_MS = 20_000;
const deployment = (role: string): string => `deployment/${role}`;
const inService = ['--namespace', namespaces.service] as const;

/**
 * Opens a port of this machine that leads to the database proxy beside a pod of a role, whose user the statement is then asked as. Throws an
 * Error with what kubectl said.
 */
export async function forward(role: string): Promise<Way> {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(role))
    throw new TypeError(`--through is ${JSON.stringify(role.slice(0, 64))}, expected api, pipeline or worker`);
  const address = new URL(await addressOf(role));
  const child = spawn('kubectl', [...inService, 'port-forward', deployment(role), `:${address.port}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = () => void child.kill();
  try {
    address.port = await portOf(child.stdout, child.stderr);
  } catch (error) {
    end();
    throw error;
  }
  return { address: address.href, [Symbol.asyncDispose]: async () => end() };
}

/** The DATABASE_URL of its container: it names a user and holds no password. */
async function addressOf(role: string): Promise<string> {
  const path = `{.spec.template.spec.containers[0].env[?(@.name=="DATABASE_URL")].value}`;
  const asked = [...inService, 'get', deployment(role), '--output', `jsonpath=${path}`];
  const { stdout } = await promisify(execFile)('kubectl', asked, { timeout: LIMIT_MS });
  if (stdout === '') throw new Error(`${deployment(role)} has no DATABASE_URL`);
  return stdout;
}

/** What kubectl says when it listens: `Forwarding from 127.0.0.1:40123 -> 5432`. */
function portOf(output: NodeJS.ReadableStream, errors: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const late = setTimeout(() => reject(new Error(`kubectl did not forward a port: ${heard.trim()}`)), LIMIT_MS);
    const hear = (text: Buffer) => {
      heard += text.toString('utf8');
      const [, port] = /127\.0\.0\.1:(\d+) ->/.exec(heard) ?? [];
      if (port === undefined) return;
      clearTimeout(late);
      resolve(port);
    };
    output.on('data', hear);
    errors.on('data', hear);
    output.once('end', () => reject(new Error(`kubectl did not forward a port: ${heard.trim()}`)));
  });
}
