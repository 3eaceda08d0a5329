import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SourceBatch, SourceDescription } from '../market-data/source.ts';
import type { TestStore } from './database.ts';
import { freePort } from './ports.ts';
import { startCommand } from './process.ts';

const START_LIMIT_MS = 60_000;

/** The service as a process of its own, which can be stopped and started again on the same ports. */
export class ServiceProcess {
  readonly port: number;
  readonly internalPort: number;
  readonly #store: TestStore;
  readonly #bars: string;
  readonly #flags: readonly string[];
  #child: ChildProcess | null = null;
  #output = (): string => '';

  private constructor(
    store: TestStore,
    bars: string,
    flags: readonly string[],
    [port, internalPort]: readonly [number, number],
  ) {
    this.#store = store;
    this.#bars = bars;
    this.#flags = flags;
    this.port = port;
    this.internalPort = internalPort;
  }

  /** Plays a file of bars, all at once, into a database of the tests, and stays. `flags` are further options of the command. */
  static async start(store: TestStore, bars: string, flags: readonly string[] = []): Promise<ServiceProcess> {
    const service = new ServiceProcess(store, bars, flags, [await freePort(), await freePort()]);
    await service.start();
    return service;
  }

  /** All that it has said since it was last started. */
  get output(): string {
    return this.#output();
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get webSocketUrl(): string {
    return `ws://127.0.0.1:${this.port}/graphql`;
  }

  get internalUrl(): string {
    return `http://127.0.0.1:${this.internalPort}`;
  }

  async start(): Promise<void> {
    const args = ['start', '--bars', this.#bars, '--speed', 'max', ...this.#flags];
    const { child, output } = startCommand(args, this.#settings());
    this.#child = child;
    this.#output = output;
    const end = performance.now() + START_LIMIT_MS;
    while (!(await this.#isReady())) {
      if (child.exitCode !== null || performance.now() > end)
        throw new Error(`the service did not start:\n${this.output}`);
      await sleep(50);
    }
  }

  /** Asks it to stop, and answers its exit code. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    if (child === null) return null;
    this.#child = null;
    const ended = once(child, 'exit');
    child.kill(signal);
    const [code] = (await ended) as [number | null];
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
  }

  #settings(): Record<string, string> {
    return {
      ...{ LOG_LEVEL: 'warn', SIGNAL_TOP_QUANTILE: '0.25', BUILD_COMMIT: '0123abc' },
      DATABASE_URL: this.#store.database.applicationUrl,
      DATABASE_OWNER_URL: this.#store.database.ownerUrl,
      // Tests ask for every field of everything twice.
      QUERY_MAX_COST: '50000',
      PORT: String(this.port),
      INTERNAL_PORT: String(this.internalPort),
    };
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`)).ok;
    } catch {
      return false;
    }
  }
}

/** Bars as the text of a file that a replay takes. */
export function csvOf({ instruments }: SourceDescription, batches: readonly SourceBatch[]): string {
  const symbols = new Map(instruments.map(({ id, symbol }) => [id, symbol]));
  const lines = batches.flatMap((batch) =>
    batch.bars.map((bar) => {
      const time = new Date(bar.barStart).toISOString().replace('.000', '');
      return [symbols.get(bar.instrumentId), time, bar.open, bar.high, bar.low, bar.close, bar.volume].join(',');
    }),
  );
  return `symbol,timestamp,open,high,low,close,volume\n${lines.join('\n')}\n`;
}
