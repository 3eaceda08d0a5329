import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../backend/platform/postgres/index.ts';
import { freePort } from '../../backend/testing/ports.ts';
import type { TestRedis } from '../../backend/testing/redis.ts';
import type { BarsFile } from '../common/bars.ts';
import { ambient } from '../common/processes.ts';
import { Running, until } from '../common/running.ts';
import { CROWD_SETTINGS } from '../faults/delivery/crowd.ts';
import { Pod } from '../faults/delivery/pod.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
/** The longest there is: what comes sooner came by a wake-up. */
export const POLL_MS = 1_000;

/** A database, and processes of the service that have nothing in common but it and one Redis. */
export class Platform implements AsyncDisposable {
  readonly #folder: string;
  readonly #database: EmbeddedPostgres;
  readonly #redis: TestRedis;
  readonly #signal: AbortSignal;
  readonly #running: Running[] = [];
  readonly #pods: Pod[] = [];

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

  /** A process of role api, without any way that could be broken between it and the others. */
  async startApi(name: string): Promise<Pod> {
    const pod = await Pod.start({
      ...{ name, folder: this.#folder, databaseUrl: this.databaseUrl, redisPort: this.#redis.port, repository: null },
      defaults: {
        POLL_INTERVAL_MS: String(POLL_MS),
        // It is asked how Redis holds it up, not how busy this machine is.
        OVERLOAD_DELAY_MS: '10000',
        ...CROWD_SETTINGS,
      },
      settings: {},
      signal: this.#signal,
    });
    this.#pods.push(pod);
    return pod;
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
    for (const pod of this.#pods) await pod[Symbol.asyncDispose]();
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
