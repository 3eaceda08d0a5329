import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { credentials } from '@grpc/grpc-js';
import { ResourceProviderClient } from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { onPath } from '../kubernetes/programs.ts';

/** The versions of the engine and of the providers that are on the PATH, as they say themselves; of what is not there, nothing. */
export async function engineVersions(): Promise<Readonly<Record<string, string>>> {
  const engine = onPath('pulumi');
  const versions: [string, string][] =
    engine === null ? [] : [['pulumi', spawnSync(engine, ['version'], { encoding: 'utf8' }).stdout.trim()]];
  for (const name of ['pulumi-resource-gcp', 'pulumi-resource-kubernetes']) {
    const program = onPath(name);
    if (program !== null) versions.push([name, await versionOf(program)]);
  }
  return Object.fromEntries(versions);
}

/** Asks a provider as the engine does: it is started, and says first where it listens. */
async function versionOf(program: string): Promise<string> {
  const child = spawn(program, ['127.0.0.1:1'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  try {
    const said = once(createInterface(child.stdout), 'line');
    const [port] = (await Promise.race([said, ended.then(() => ['none'])])) as [string];
    return /^\d+$/.test(port) ? await ask(port) : 'unknown';
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

function ask(port: string): Promise<string> {
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  return new Promise((resolve) => {
    client.getPluginInfo(new empty.Empty(), (error, info) => {
      client.close();
      resolve(error === null ? info.getVersion() : 'unknown');
    });
  });
}
