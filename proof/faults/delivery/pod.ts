import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../backend/testing/ports.ts';
import { COLLECT, runInside } from '../../common/inspector.ts';
import { ambient } from '../../common/processes.ts';
import { FaultProxy } from '../../common/proxy.ts';
import { Running, until } from '../../common/running.ts';
import type { Answer } from './asker.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
const START_SECONDS = 90;
const COLLECTED_MS = 500;
/** Linux counts in hundredths of a second, whatever the kernel. */
const JIFFY_MS = 10;

export type PodOptions = {
  readonly name: string;
  readonly folder: string;
  /** The database; the pod reaches it through a proxy of its own. */
  readonly databaseUrl: string;
  /** Of Redis; the pod reaches it through a proxy of its own. Null: it works without. */
  readonly redisPort: number | null;
  /** Of another version of the repository; null for this one. */
  readonly repository: string | null;
  /** Folder of its log, when that is not `folder`. */
  readonly logFolder?: string;
  /** Of every pod of a proof. */
  readonly defaults: Readonly<Record<string, string>>;
  /** Of this one alone. */
  readonly settings: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
};

type Ways = { readonly front: FaultProxy; readonly database: FaultProxy; readonly redis: FaultProxy | null };
type Ports = { readonly public: number; readonly internal: number; readonly inspector: number };

/** A process of role api. Clients reach it through `front`, it reaches the database and Redis through `database` and `redis`. */
export class Pod implements AsyncDisposable {
  readonly front: FaultProxy;
  readonly database: FaultProxy;
  readonly #redis: FaultProxy | null;
  readonly #options: PodOptions;
  readonly #ports: Ports;
  #running: Running;
  #starts = 0;

  private constructor(options: PodOptions, ports: Ports, { front, database, redis }: Ways) {
    this.#options = options;
    this.#ports = ports;
    this.front = front;
    this.database = database;
    this.#redis = redis;
    this.#running = this.#launch();
  }

  static async start(options: PodOptions): Promise<Pod> {
    const pod = await Pod.launch(options);
    try {
      await pod.ready();
      return pod;
    } catch (error) {
      await pod[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Does not wait until it is ready. */
  static async launch(options: PodOptions): Promise<Pod> {
    const ports = { public: await freePort(), internal: await freePort(), inspector: await freePort() };
    const { databaseUrl, redisPort } = options;
    const front = await FaultProxy.to(ports.public);
    const database = await FaultProxy.to(Number(new URL(databaseUrl).port));
    return new Pod(options, ports, {
      front,
      database,
      redis: redisPort === null ? null : await FaultProxy.to(redisPort),
    });
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

  get redis(): FaultProxy {
    if (this.#redis === null) throw new Error('this pod works without Redis');
    return this.#redis;
  }

  /** Whether it runs as any other does: under settings of its own it is of use to nobody else. */
  get isPlain(): boolean {
    const { settings, repository, logFolder } = this.#options;
    return Object.keys(settings).length === 0 && repository === null && logFolder === undefined && this.end === null;
  }

  /** All ways as they were. */
  mend(): void {
    this.front.turnTo(this.port);
    for (const way of [this.front, this.database, this.#redis]) way?.mend();
  }

  /** Runs code inside of the process: what bad code, a full heap or a clock that steps would do. */
  inside(code: string): Promise<void> {
    return runInside(this.pid, this.#ports.inspector, code);
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
    await until('a pod is ready', isReady, { signal: this.#options.signal, seconds: START_SECONDS, everyMs: 100 });
  }

  /** Of a probe, or null when there is no answer within two seconds. */
  async status(path: string): Promise<number | null> {
    try {
      return (await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(2_000) })).status;
    } catch {
      return null;
    }
  }

  /** What /health/detailed says of Redis. */
  async cacheStatus(): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${this.#ports.internal}/health/detailed`);
    const report = (await answer.json()) as { readonly checks: { readonly cache: { readonly status: string } } };
    return report.checks.cache.status;
  }

  /** A sample of the metrics: the sum over its labels, or of the one series that is named with them. 0 where there is none. */
  async metric(name: string): Promise<number> {
    return (await this.metrics())(name);
  }

  /** Samples of one moment: some of them begin anew when they are read. */
  async metrics(): Promise<(name: string) => number> {
    const answer = await fetch(`http://127.0.0.1:${this.#ports.internal}/metrics`);
    const lines = (await answer.text()).split('\n');
    return (name) =>
      lines
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  async query(query: string): Promise<Pick<Answer, 'code' | 'retryAfter' | 'ms'> & { readonly status: number }> {
    const begun = performance.now();
    const answer = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
      signal: AbortSignal.timeout(20_000),
    });
    const body = (await answer.json()) as { errors?: { extensions?: { code?: string } }[] };
    const code = body.errors?.[0]?.extensions?.code ?? null;
    const retryAfter = answer.headers.get('retry-after');
    return { status: answer.status, code, retryAfter, ms: performance.now() - begun };
  }

  /** Gives back what is not used any more. */
  async collect(): Promise<void> {
    await this.inside(COLLECT);
    await sleep(COLLECTED_MS);
  }

  /** Resident memory in MiB. */
  memory(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1_024;
  }

  /** What it uses of its heap and beside it, MiB. */
  async held(): Promise<number> {
    const bytes =
      (await this.metric('nodejs_heap_size_used_bytes')) + (await this.metric('nodejs_external_memory_bytes'));
    return bytes / 1_048_576;
  }

  /** Time that it was on a processor, ms: what it did, however busy the machine is. */
  cpuMs(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8');
    const [user = 0, system = 0] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number);
    return (user + system) * JIFFY_MS;
  }

  /** Time that its main thread was ready to go on and waited for a processor, ms. */
  waitedMs(): number {
    const [, nanoseconds = 0] = readFileSync(`/proc/${this.pid}/schedstat`, 'utf8').split(' ').map(Number);
    return nanoseconds / 1e6;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running.killGroup();
    await this.front[Symbol.asyncDispose]();
    await this.database[Symbol.asyncDispose]();
    await this.#redis?.[Symbol.asyncDispose]();
  }

  #launch(settings: Readonly<Record<string, string>> = {}): Running {
    this.#starts += 1;
    const { name, folder, logFolder = folder, databaseUrl, repository } = this.#options;
    const url = Object.assign(new URL(databaseUrl), { port: String(this.database.port) });
    const { NODE_OPTIONS = '', ...given } = { ...this.#options.settings, ...settings };
    return new Running({
      args: ['--import', 'tsx', 'backend/main.ts', 'start', '--role', 'api'],
      cwd: repository ?? REPOSITORY,
      env: {
        ...ambient(),
        ...{ DATABASE_URL: url.href, LOG_LEVEL: 'warn', DRAIN_SECONDS: '5' },
        ...(this.#redis === null ? {} : { REDIS_URL: `redis://127.0.0.1:${this.#redis.port}` }),
        ...{ PORT: String(this.#ports.public), INTERNAL_PORT: String(this.#ports.internal) },
        ...this.#options.defaults,
        ...given,
        NODE_OPTIONS: `--inspect-port=${this.#ports.inspector} ${NODE_OPTIONS}`.trim(),
      },
      log: join(logFolder, `${name}-${this.#starts}`),
    });
  }
}
