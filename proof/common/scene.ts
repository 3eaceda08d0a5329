import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../backend/testing/ports.ts';
import { ambient, processesIn, sendKill } from './processes.ts';
import { root } from './repository.ts';
import { Running } from './running.ts';

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
      cwd: root,
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
