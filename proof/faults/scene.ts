import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canEnter, databaseAccount } from '../../backend/platform/postgres/account.ts';
import { Running, until } from './running.ts';

const REPOSITORY = join(import.meta.dirname, '../..');

/** The temporary folder of everything. The database's account must be able to enter it, also where the system's own one belongs to root alone. */
export function makeBase(): string {
  const place = canEnter(tmpdir(), databaseAccount()) ? tmpdir() : '/var/tmp';
  const base = realpathSync(mkdtempSync(join(place, 'heliograph-faults-')));
  chmodSync(base, 0o755);
  return base;
}

export type SceneOptions = {
  readonly base: string;
  readonly name: string;
  /** Aborted when the time of the scenario is over, or when somebody wants it to end. */
  readonly signal: AbortSignal;
};

/** One scenario's folder, ports and processes. Disposing of it ends the processes, whatever became of them; the folder stays. */
export class Scene implements AsyncDisposable {
  readonly folder: string;
  /** The data folder of the service. */
  readonly data: string;
  readonly signal: AbortSignal;
  readonly port: number;
  readonly #internalPort: number;
  readonly #running: Running[] = [];

  private constructor({ base, name, signal }: SceneOptions, ports: readonly [number, number, number]) {
    this.folder = join(base, name);
    this.data = join(this.folder, 'data');
    for (const folder of [this.folder, this.data]) {
      mkdirSync(folder);
      chmodSync(folder, 0o755);
    }
    // As if it had had this port before: while it is down, the database of another scenario must not take it for the first free one.
    writeFileSync(join(this.data, 'port'), `${ports[2]}\n`);
    this.signal = signal;
    [this.port, this.#internalPort] = ports;
  }

  static async open(options: SceneOptions): Promise<Scene> {
    return new Scene(options, [await freePort(), await freePort(), await freePort()]);
  }

  /** Runs a command of the service. Nothing of our own environment reaches it but what a program needs to run at all. */
  service(log: string, args: readonly string[], settings: Readonly<Record<string, string>> = {}): Running {
    const command = ['--import', 'tsx', 'backend/main.ts', ...args, '--data-dir', this.data];
    const ports = { PORT: String(this.port), INTERNAL_PORT: String(this.#internalPort) };
    return this.node(log, command, { ...ports, ...settings });
  }

  /** Runs a program of the repository. */
  node(log: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    const running = new Running({
      args,
      cwd: REPOSITORY,
      env: { ...ambient(), ...env },
      log: join(this.folder, log),
    });
    this.#running.push(running);
    return running;
  }

  /** The address of the subscription. */
  get url(): string {
    return `ws://127.0.0.1:${this.port}/graphql`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running) running.killGroup();
    for (let left = processesIn(this.folder); left.length > 0; left = processesIn(this.folder)) {
      for (const pid of left) sendKill(pid);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** What a program needs of our environment to run. */
export function ambient(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** The postmaster that serves a data folder, null when there is none. */
export function postmasterOf(data: string): number | null {
  const cluster = join(data, 'cluster');
  try {
    const pid = Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
    return workingDirectory(pid) === cluster ? pid : null;
  } catch {
    return null;
  }
}

/** Kills the database server of a service and waits until another one is there. Throws when there is none to kill, or none comes. */
export async function killPostmaster({ data, signal }: Scene): Promise<void> {
  const pid = postmasterOf(data);
  if (pid === null) throw new Error('there is no postmaster to kill');
  process.kill(pid, 'SIGKILL');
  const another = (): boolean => ![pid, null].includes(postmasterOf(data));
  await until('another postmaster', another, { signal, seconds: 30 });
}

export function sendKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** PostgreSQL's programs work inside their data folder. */
function processesIn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => workingDirectory(pid)?.startsWith(`${folder}/`) === true);
}

function workingDirectory(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

/** Below the ports that Linux gives to outgoing connections: one of these could sit on ours while the service restarts. */
const FIRST_PORT = 12_000;
const PORTS = 12_000;
let next = process.pid * 7;

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
