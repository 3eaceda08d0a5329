import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inventMarket } from '../../backend/testing/market.ts';
import { freePort } from '../../backend/testing/ports.ts';
import { csvOf } from '../../backend/testing/service.ts';
import { type Newcomer, startAs } from '../common/newcomer.ts';
import { Program } from '../common/program.ts';
import { root } from '../common/repository.ts';
import { until } from '../common/running.ts';

const LIMIT_S = { start: 120, decide: 120, stop: 60 } as const;
/** Sessions in the file before and after the restart: four to learn from and some to decide in. */
const SESSIONS = { first: 6, all: 8 } as const;

/** The real service on a replayed market that was invented, in a folder of its own. */
export class ReplayedService {
  readonly url: string;
  readonly #who: Newcomer;
  readonly #folder: string;
  readonly #ports: readonly number[];
  readonly #stop: AbortSignal;
  #program: Program | null = null;

  private constructor(who: Newcomer, folder: string, ports: readonly number[], stop: AbortSignal) {
    this.#who = who;
    this.#folder = folder;
    this.#ports = ports;
    this.#stop = stop;
    this.url = `http://127.0.0.1:${ports[0]}/graphql`;
  }

  static async start(who: Newcomer, folder: string, stop: AbortSignal): Promise<ReplayedService> {
    const service = new ReplayedService(who, folder, [await freePort(), await freePort()], stop);
    await writeBars(service.#bars, service.#moreBars);
    await service.#start(service.#bars);
    return service;
  }

  /** Ends it as a deploy does and starts it anew, with more to tell. */
  async restart(): Promise<void> {
    const program = this.#program;
    program?.child.kill('SIGTERM');
    await program?.ended(LIMIT_S.stop, 'the service, after SIGTERM');
    program?.kill();
    await this.#start(this.#moreBars);
  }

  /** The seq of the newest event, when all bars were decided about. Throws when the service ends. */
  async lastSeq(): Promise<number> {
    const options = { signal: this.#stop, seconds: LIMIT_S.decide, everyMs: 200 };
    await until('all bars were decided about', () => this.#hasFinished(), options);
    return this.#newestSeq();
  }

  kill(): void {
    this.#program?.kill();
  }

  get #bars(): string {
    return join(this.#folder, 'bars.csv');
  }

  get #moreBars(): string {
    return join(this.#folder, 'more-bars.csv');
  }

  async #start(bars: string): Promise<void> {
    const command = [
      'npm',
      'start',
      '--silent',
      '--',
      '--bars',
      bars,
      '--speed',
      'max',
      '--data-dir',
      this.#data,
    ] as const;
    const [port, internal] = this.#ports;
    const env = { PORT: String(port), INTERNAL_PORT: String(internal), LOG_LEVEL: 'warn', SIGNAL_TOP_QUANTILE: '0.25' };
    this.#program = new Program(startAs(this.#who, command, { cwd: root, env }), this.#stop);
    await this.#program.says(this.url, LIMIT_S.start, 'npm start');
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  async #hasFinished(): Promise<boolean> {
    const response = await fetch(`http://127.0.0.1:${this.#ports[1]}/health/detailed`);
    const { checks } = (await response.json()) as { checks: { external_api?: { details: { state?: string } } } };
    return checks.external_api?.details.state === 'finished';
  }

  async #newestSeq(): Promise<number> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ signalEvents(last: 1) { nodes { seq } } }' }),
    });
    const { data } = (await response.json()) as { data: { signalEvents: { nodes: { seq: number }[] } } };
    return data.signalEvents.nodes[0]?.seq ?? 0;
  }
}

async function writeBars(first: string, all: string): Promise<void> {
  const { source, history, live } = await inventMarket({ historySessions: 4, liveSessions: 4 });
  const batches = [...history, ...live];
  const dateOf = (instant: number) => new Date(instant).toISOString().slice(0, 10);
  const dates = [...new Set(batches.map(({ knownTime }) => dateOf(knownTime)))];
  const upTo = (sessions: number) => batches.filter(({ knownTime }) => dates.indexOf(dateOf(knownTime)) < sessions);
  writeFileSync(first, csvOf(source, upTo(SESSIONS.first)));
  writeFileSync(all, csvOf(source, upTo(SESSIONS.all)));
}
