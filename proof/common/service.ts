import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../backend/testing/ports.ts';
import { root } from './repository.ts';

const READY_S = 300;

/** A service that runs as `npm start` runs it. */
export type Service = {
  /** Host and port of the public listener, and of the internal one. */
  readonly public: string;
  readonly internal: string;
  readonly close: () => Promise<void>;
};

export type Ports = { readonly port: number; readonly internal: number };

/** Two that are free. */
export async function freePorts(): Promise<Ports> {
  return { port: await freePort(), internal: await freePort() };
}

/** Starts the service with an embedded database in the folder, and waits until it answers. Throws an Error with its last words. */
export async function startService(
  name: string,
  folder: string,
  { port, internal }: Ports,
  settings: Readonly<Record<string, string>>,
  options = (own: string, all: string): readonly string[] => ['--data-dir', join(all, own)],
): Promise<Service> {
  const env = { ...process.env, PORT: String(port), INTERNAL_PORT: String(internal), ...settings };
  const args = ['--import', 'tsx', 'backend/main.ts', 'start', ...options(name, folder)];
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(join(folder, `${name}.log`));
  let words = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      words = `${words}${chunk}`.slice(-2_000);
      log.write(chunk);
    });
  const service = { public: `127.0.0.1:${port}`, internal: `127.0.0.1:${internal}`, close: () => ended(child) };
  for (const end = performance.now() + READY_S * 1_000; performance.now() < end; await sleep(500)) {
    if (child.exitCode !== null) throw new Error(`the service ${name} ended with ${child.exitCode}:\n${words}`);
    const ready = await fetch(`http://${service.internal}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return service;
  }
  await service.close();
  throw new Error(`the service ${name} is not ready after ${READY_S} s:\n${words}`);
}

/** Runs a command of the service beside it, on the same data. Throws an Error with its last words where it fails. */
export async function command(
  folder: string,
  name: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'backend/main.ts', ...args, '--data-dir', join(folder, name)],
    { cwd: root, env: { ...process.env, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let words = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      words = `${words}${chunk}`.slice(-2_000);
    });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${words}`);
}

/** Ends a process that was started here, and waits for its end. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  await end;
  clearTimeout(timer);
}
