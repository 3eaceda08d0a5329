import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../backend/platform/postgres/index.ts';
import type { TestRedis } from '../../backend/testing/redis.ts';
import type { BarsFile } from '../faults/bars.ts';
import { Running, until } from '../faults/running.ts';
import { ambient, freePort } from '../faults/scene.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
/** The longest there is: what comes sooner came by a wake-up. */
export const POLL_MS = 1_000;

export type ApiProcess = { readonly port: number; readonly internalPort: number; running: Running };

/** A database, and processes of the service that have nothing in common but it and one Redis. */
export class Platform implements AsyncDisposable {
  readonly #folder: string;
  readonly #database: EmbeddedPostgres;
  readonly #redis: TestRedis;
  readonly #signal: AbortSignal;
  readonly #running: Running[] = [];

  private constructor(folder: string, database: EmbeddedPostgres, redis: TestRedis, signal: AbortSignal) {
    this.#folder = folder;
    this.#database = database;
    this.#redis = redis;
    this.#signal = signal;
  }

  static async open(folder: string, redis: TestRedis, signal: AbortSignal): Promise<Platform> {
    const database = await startEmbeddedPostgres({ dataDirectory: join(folder, 'data') });
    const platform = new Platform(folder, database, redis, signal);
    const migrate = platform.#start('migrate', ['migrate'], { DATABASE_OWNER_URL: database.ownerUrl });
    const ended = await migrate.ended(signal);
    if (ended !== 'exit code 0') throw new Error(`migrate: ${ended}\n${migrate.errors()}`);
    return platform;
  }

  get databaseUrl(): string {
    return this.#database.applicationUrl;
  }

  /** The ports of an api process that is not started yet. */
  async place(): Promise<Omit<ApiProcess, 'running'>> {
    return { port: await freePort(), internalPort: await freePort() };
  }

  async startApi(name: string, place: Omit<ApiProcess, 'running'>): Promise<ApiProcess> {
    const running = this.#start(name, ['start', '--role', 'api'], {
      REDIS_URL: this.#redis.url,
      PORT: String(place.port),
      INTERNAL_PORT: String(place.internalPort),
      POLL_INTERVAL_MS: String(POLL_MS),
      // It is asked how Redis holds it up, not how busy this machine is.
      OVERLOAD_DELAY_MS: '10000',
    });
    await this.#serves(running, `http://127.0.0.1:${place.port}/readyz`);
    return { ...place, running };
  }

  async startPipeline(bars: BarsFile, speed: number): Promise<Running> {
    const internalPort = await freePort();
    const running = this.#start(
      'pipeline',
      ['start', '--role', 'pipeline', '--bars', bars.file, '--speed', String(speed)],
      { REDIS_URL: this.#redis.url, INTERNAL_PORT: String(internalPort), SIGNAL_TOP_QUANTILE: '0.3' },
    );
    await this.#serves(running, `http://127.0.0.1:${internalPort}/readyz`);
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running) running.killGroup();
    await this.#database.stop();
  }

  #start(name: string, args: readonly string[], settings: Readonly<Record<string, string>>): Running {
    const running = new Running({
      args: ['--import', 'tsx', 'backend/main.ts', ...args],
      cwd: REPOSITORY,
      env: { ...ambient(), DATABASE_URL: this.databaseUrl, ...settings },
      log: join(this.#folder, name),
    });
    this.#running.push(running);
    return running;
  }

  async #serves(running: Running, url: string): Promise<void> {
    const isReady = async (): Promise<boolean> => {
      if (running.end !== null) throw new Error(`${running.log}: ${running.end}\n${running.errors()}`);
      return (await fetch(url).catch(() => null))?.ok === true;
    };
    await until(url, isReady, { signal: this.#signal, seconds: 60 });
  }
}

/** A number of /metrics, 0 where the series is missing. */
export async function metricOf({ internalPort }: Pick<ApiProcess, 'internalPort'>, series: string): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${internalPort}/metrics`)).text();
  const line = page.split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.split(' ').at(-1) ?? 0);
}
