import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../backend/testing/ports.ts';
import { ambient } from '../../common/processes.ts';
import { root } from '../../common/repository.ts';
import { request } from '../wire/http.ts';
import { type Figures, parseFigures } from './figures.ts';

/** A service that is attacked. */
export interface Target {
  /** Of GraphQL over HTTP. */
  readonly url: string;
  readonly webSocketUrl: string;
  /** Its figures; null where it has none to show. */
  figures(): Promise<Figures | null>;
  isAlive(): Promise<boolean>;
  /** All that it has logged. */
  output(): string;
}

const START_MS = 60_000;
const END_MS = 20_000;

/** The role api in a process of its own, with the settings that are given and no others. */
export class ServiceProcess implements Target, AsyncDisposable {
  readonly url: string;
  readonly webSocketUrl: string;
  readonly publicUrl: string;
  readonly internalUrl: string;
  readonly #child: ChildProcess;
  #output = '';

  private constructor(port: number, internalPort: number, settings: Readonly<Record<string, string>>) {
    this.publicUrl = `http://127.0.0.1:${port}`;
    this.internalUrl = `http://127.0.0.1:${internalPort}`;
    this.url = `${this.publicUrl}/graphql`;
    this.webSocketUrl = this.url.replace('http', 'ws');
    const ports = { PORT: String(port), INTERNAL_PORT: String(internalPort) };
    this.#child = spawn(process.execPath, ['--import', 'tsx', 'backend/main.ts', 'start', '--role', 'api'], {
      cwd: root,
      env: { ...ambient(), ...ports, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
  }

  static async start(settings: Readonly<Record<string, string>>): Promise<ServiceProcess> {
    const service = new ServiceProcess(await freePort(), await freePort(), settings);
    for (const end = performance.now() + START_MS; performance.now() < end; await sleep(50)) {
      if (service.#child.exitCode !== null) break;
      if (await service.#answers('/readyz')) return service;
    }
    await service[Symbol.asyncDispose]();
    throw new Error(`The service did not start:\n${service.#output}`);
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  async figures(): Promise<Figures> {
    return parseFigures((await request({ url: `${this.internalUrl}/metrics` })).text);
  }

  async isAlive(): Promise<boolean> {
    return this.#child.exitCode === null && (await this.#answers('/livez'));
  }

  output(): string {
    return this.#output;
  }

  /** Asks it to stop, and answers its exit code; one that does not is killed. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await Promise.race([ended, sleep(END_MS, undefined, { ref: false })]);
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await ended;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #answers(path: string): Promise<boolean> {
    const answer = await request({ url: `${this.publicUrl}${path}` }).catch(() => null);
    return answer?.status === 200;
  }
}
