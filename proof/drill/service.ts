import { join } from 'node:path';
import pg from 'pg';
import { runningServer } from '../../backend/platform/postgres/running.ts';
import { freePort } from '../../backend/testing/ports.ts';
import { type BarsFile, speedFor } from '../common/bars.ts';
import { ambient, postmasterOf, sendKill } from '../common/processes.ts';
import { Running, until } from '../common/running.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
/** So long the market has something to say: longer than everything here takes. */
const PACED_SECONDS = 1_200;
const START_SECONDS = 90;
/** Any key of the right length does. */
export const KEY = '5a'.repeat(32);

/** What a command of ours said, and how it ended. */
export type Told = { readonly end: string; readonly output: string; readonly errors: string };

/** The service with its embedded database, as `npm start` runs it, on whichever data folder. */
export class Service implements AsyncDisposable {
  readonly folder: string;
  readonly backups: string;
  readonly signal: AbortSignal;
  readonly #bars: BarsFile;
  readonly #ports: Readonly<Record<'PORT' | 'INTERNAL_PORT', string>>;
  readonly #started: Running[] = [];
  #running: Running | null = null;
  #data: string;

  private constructor(folder: string, bars: BarsFile, ports: readonly [number, number], signal: AbortSignal) {
    this.folder = folder;
    this.backups = join(folder, 'backups');
    this.#data = join(folder, 'data');
    this.#bars = bars;
    this.#ports = { PORT: String(ports[0]), INTERNAL_PORT: String(ports[1]) };
    this.signal = signal;
  }

  static async in(folder: string, bars: BarsFile, signal: AbortSignal): Promise<Service> {
    return new Service(folder, bars, [await freePort(), await freePort()], signal);
  }

  get data(): string {
    return this.#data;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#ports.PORT}/graphql`;
  }

  /** Starts it on a data folder and resolves when it takes requests. */
  async start(data: string = this.#data): Promise<void> {
    this.#data = data;
    const speed = String(speedFor(this.#bars, PACED_SECONDS));
    const running = this.#run(`start-${this.#started.length}`, [
      'start',
      '--bars',
      this.#bars.file,
      '--speed',
      speed,
      '--data-dir',
      data,
    ]);
    this.#running = running;
    const isReady = async (): Promise<boolean> => {
      if (running.end !== null) throw new Error(`the service: ${running.end}\n${running.errors()}`);
      return (await fetch(`http://127.0.0.1:${this.#ports.PORT}/readyz`).catch(() => null))?.ok === true;
    };
    await until('the service takes requests', isReady, { signal: this.signal, seconds: START_SECONDS, everyMs: 50 });
  }

  /** `kill -9` of the service alone, or of its database with it. */
  async kill(what: 'service' | 'both'): Promise<void> {
    const postmaster = what === 'both' ? postmasterOf(this.#data) : null;
    this.#running?.kill('SIGKILL');
    if (postmaster !== null) sendKill(postmaster);
    await this.#running?.ended(this.signal);
  }

  /** Stops the service in the middle of whatever it does, while something else is done. */
  async paused<T>(work: () => Promise<T>): Promise<T> {
    this.#running?.kill('SIGSTOP');
    try {
      // What it has already sent is still being done.
      await until('the database has done what it was told', () => this.#isIdle(), {
        signal: this.signal,
        seconds: 30,
        everyMs: 20,
      });
      return await work();
    } finally {
      this.#running?.kill('SIGCONT');
    }
  }

  /** As the owner of the database. */
  asOwner<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.#connected('ownerUrl', work);
  }

  /** Begins a command. */
  begin(args: readonly string[]): Running {
    return this.#run(`${args[0]}-${this.#started.length}`, args);
  }

  /** What the service tells of one series; null when it does not. */
  async metric(series: string): Promise<number | null> {
    const line = (await this.metrics()).split('\n').find((one) => one.startsWith(`${series} `));
    return line === undefined ? null : Number(line.slice(series.length + 1));
  }

  /** All that it tells of itself. */
  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.#ports.INTERNAL_PORT}/metrics`)).text();
  }

  /** Runs a command to its end. `settings` win over those of the service. */
  async command(args: readonly string[], settings: Readonly<Record<string, string>> = {}): Promise<Told> {
    const running = this.#run(`${args[0]}-${this.#started.length}`, args, settings);
    return { end: await running.ended(this.signal), output: running.output(), errors: running.errors() };
  }

  /** The same for one that must not fail. Answers what it printed. */
  async must(...args: readonly string[]): Promise<string> {
    const { end, output, errors } = await this.command(args);
    if (end !== 'exit code 0') throw new Error(`${args.join(' ')}: ${end}\n${output}${errors}`);
    return output;
  }

  async #connected<T>(as: 'ownerUrl' | 'adminUrl', work: (client: pg.Client) => Promise<T>): Promise<T> {
    const server = runningServer(this.#data);
    if (server === null) throw new Error('nobody runs the database');
    const client = new pg.Client({ connectionString: server[as] });
    await client.connect();
    return work(client).finally(() => client.end());
  }

  /** Nobody's statement is being carried out. One that waits for its reader has been. Others than the admin are not shown it. */
  #isIdle(): Promise<boolean> {
    return this.#connected('adminUrl', async (client) => {
      const { rows } = await client.query<{ busy: number }>(
        `select count(*)::int as busy from pg_stat_activity where backend_type = 'client backend' and state = 'active'
           and wait_event is distinct from 'ClientWrite' and pid <> pg_backend_pid()`,
      );
      return rows[0]?.busy === 0;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('both');
    for (const running of this.#started) running.killGroup();
  }

  #run(log: string, args: readonly string[], settings: Readonly<Record<string, string>> = {}): Running {
    const running = new Running({
      args: ['--import', 'tsx', 'backend/main.ts', ...args],
      cwd: REPOSITORY,
      env: {
        ...ambient(),
        ...this.#ports,
        ...{ BACKUP_DIR: this.backups, BACKUP_KEY: KEY, SIGNAL_TOP_QUANTILE: '0.3' },
        ...settings,
      },
      log: join(this.folder, log),
    });
    this.#started.push(running);
    return running;
  }
}
