import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './ports.ts';
import { type Started, startCommand } from './process.ts';

export type RoleOptions = {
  readonly settings: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** How long it may take until it is ready, ms. */
  readonly patienceMs?: number;
};

/** A role as a process of its own. Disposing of it kills it. */
export class RoleProcess implements Disposable {
  readonly internalUrl: string;
  readonly #started: Started;

  private constructor(role: string, internalPort: number, { settings, flags = [] }: RoleOptions) {
    this.internalUrl = `http://127.0.0.1:${internalPort}`;
    const env = { INTERNAL_PORT: String(internalPort), ...settings };
    this.#started = startCommand(['start', '--role', role, ...flags], env);
  }

  /** Resolves when it is ready. Throws an Error with all that it said when it ends before, or takes too long. */
  static async start(role: string, options: RoleOptions): Promise<RoleProcess> {
    const started = new RoleProcess(role, await freePort(), options);
    const end = performance.now() + (options.patienceMs ?? 30_000);
    for (; !(await started.#isReady()); await sleep(100)) {
      if (performance.now() < end && started.child.exitCode === null) continue;
      started[Symbol.dispose]();
      throw new Error(`${role} did not start:\n${started.output}`);
    }
    return started;
  }

  get child(): ChildProcess {
    return this.#started.child;
  }

  get output(): string {
    return this.#started.output();
  }

  /** The sum of the series of that name that have all of these labels. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const page = await (await fetch(`${this.internalUrl}/metrics`)).text();
    const lines = page.split('\n').filter((line) => line.startsWith(`${name}{`));
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return lines
      .filter((line) => wanted.every((label) => line.includes(label)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** Asks it to stop, and answers its exit code and signal. */
  async stop(): Promise<unknown> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    return ended;
  }

  [Symbol.dispose](): void {
    this.child.kill('SIGKILL');
  }

  async #isReady(): Promise<boolean> {
    return fetch(`${this.internalUrl}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}
