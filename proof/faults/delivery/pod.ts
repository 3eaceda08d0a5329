import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Running, until } from '../running.ts';
import { ambient, freePort } from '../scene.ts';
import { FaultProxy } from './proxy.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
const START_SECONDS = 90;

export type PodOptions = {
  readonly name: string;
  readonly folder: string;
  /** The database; the pod reaches it through a proxy of its own. */
  readonly databaseUrl: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
};

/** A process of role api. Clients reach it through `front`, it reaches the database through `database`. */
export class Pod implements AsyncDisposable {
  readonly front: FaultProxy;
  readonly database: FaultProxy;
  readonly #options: PodOptions;
  readonly #ports: { readonly public: number; readonly internal: number };
  #running: Running;
  #starts = 0;

  private constructor(
    options: PodOptions,
    ports: { readonly public: number; readonly internal: number },
    proxies: { readonly front: FaultProxy; readonly database: FaultProxy },
  ) {
    this.#options = options;
    this.#ports = ports;
    this.front = proxies.front;
    this.database = proxies.database;
    this.#running = this.#launch();
  }

  static async start(options: PodOptions): Promise<Pod> {
    const ports = { public: await freePort(), internal: await freePort() };
    const front = await FaultProxy.to(ports.public);
    const database = await FaultProxy.to(Number(new URL(options.databaseUrl).port));
    const pod = new Pod(options, ports, { front, database });
    await pod.ready();
    return pod;
  }

  get pid(): number {
    return this.#running.pid;
  }

  /** How it ended; null while it runs. */
  get end(): string | null {
    return this.#running.end;
  }

  get port(): number {
    return this.#ports.public;
  }

  /** Without a proxy. */
  get url(): string {
    return `http://127.0.0.1:${this.#ports.public}`;
  }

  /** Its log, standard error included. */
  said(): string {
    return `${this.#running.output()}\n${this.#running.errors()}`;
  }

  signal(signal: NodeJS.Signals): void {
    this.#running.kill(signal);
  }

  async ended(): Promise<string> {
    return this.#running.ended(this.#options.signal);
  }

  /** On the same ports. */
  async restart(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#running.killGroup();
    await this.ended();
    this.#running = this.#launch(settings);
    await this.ready();
  }

  async ready(): Promise<void> {
    const isReady = async (): Promise<boolean> => {
      if (this.end !== null) throw new Error(`a pod ended while it started: ${this.end}\n${this.said()}`);
      return (await this.status('/readyz')) === 200;
    };
    await until('a pod is ready', isReady, { signal: this.#options.signal, seconds: START_SECONDS });
  }

  /** Of a probe, or null when there is no answer within two seconds. */
  async status(path: string): Promise<number | null> {
    try {
      return (await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(2_000) })).status;
    } catch {
      return null;
    }
  }

  /** A sample of the metrics; the sum over its labels. */
  async metric(name: string): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${this.#ports.internal}/metrics`);
    const lines = (await answer.text())
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  async query(query: string): Promise<{ readonly status: number; readonly code: string | null; readonly ms: number }> {
    const begun = performance.now();
    const answer = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
      signal: AbortSignal.timeout(20_000),
    });
    const body = (await answer.json()) as { errors?: { extensions?: { code?: string } }[] };
    return { status: answer.status, code: body.errors?.[0]?.extensions?.code ?? null, ms: performance.now() - begun };
  }

  /** Resident memory in MiB. */
  memory(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1_024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running.killGroup();
    await this.front[Symbol.asyncDispose]();
    await this.database[Symbol.asyncDispose]();
  }

  #launch(settings: Readonly<Record<string, string>> = {}): Running {
    this.#starts += 1;
    const { name, folder, databaseUrl } = this.#options;
    const url = Object.assign(new URL(databaseUrl), { port: String(this.database.port) });
    return new Running({
      args: ['--import', 'tsx', 'backend/main.ts', 'start', '--role', 'api'],
      cwd: REPOSITORY,
      env: {
        ...ambient(),
        ...{ DATABASE_URL: url.href, LOG_LEVEL: 'warn', DRAIN_SECONDS: '5' },
        ...{ PORT: String(this.#ports.public), INTERNAL_PORT: String(this.#ports.internal) },
        ...this.#options.settings,
        ...settings,
      },
      log: join(folder, `${name}-${this.#starts}`),
    });
  }
}
