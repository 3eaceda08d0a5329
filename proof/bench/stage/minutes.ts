import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestRedis } from '../../../backend/testing/redis.ts';
import { startServer } from '../benches/ingest/server.ts';
import { Difference, type Prepared } from '../benchmark.ts';
import { ClientSocket } from '../traffic/socket.ts';
import type { Opened, Told, VenueOrder } from '../traffic/venue.ts';
import { startRole } from './process.ts';

export const SYMBOLS = 500;
export const MINUTES = 20;
const HISTORY_SESSIONS = 4;
/** From one minute of the session to the next. Far more than the goal: what is late is late in its own minute. */
const PACE_MS = 1_500;
const LOOK_MS = 500;
/** In a session so long at least nobody knows of a signal. */
const FIRST_SIGNAL_MINUTES = 120;

const VENUE = join(import.meta.dirname, '../traffic/venue.ts');
const INIT = '{"type":"connection_init"}';
const QUERY = 'subscription { signalEvents { ... on SignalEventBatch { events { type signal { id publishedAt } } } } }';

/** A signal on the client's socket: in which minute of the session it was made, and when it came. ms since 1970. */
type Arrival = { readonly id: string; readonly end: number; readonly at: number };

/** A venue, PostgreSQL, Redis, the pipeline, role api and a client, each in a process of its own but for the client. */
export async function prepareMinutes(): Promise<Prepared> {
  const [database, redis, venue] = await Promise.all([
    startServer(['bench_minutes'], ['REPLAY']),
    TestRedis.start(),
    Venue.open(),
  ]);
  const [tables] = database.databases;
  if (tables === undefined) throw new Error('the server made no database');
  const environment = { DATABASE_URL: tables.applicationUrl, REDIS_URL: redis.url };
  const api = await startRole('api', environment);
  const pipeline = await startRole('pipeline', { ...environment, ...venue.environment });
  const client = await Client.open(api.port);
  const quantiles = { p50: Number.NaN, p99: Number.NaN };
  let signals = 0;
  await venue.untilFollowed();
  for (let minute = 0; client.arrivals.length === 0; minute++) {
    if (minute === FIRST_SIGNAL_MINUTES) throw new Error(`no signal came in ${minute} minutes of the session`);
    await venue.minute();
  }
  const run = async (): Promise<number> => {
    client.arrivals.splice(0);
    const sent = new Map<number, number>();
    for (let minute = 0; minute < MINUTES; minute++) {
      const { end, sentAt } = await venue.minute();
      sent.set(end, sentAt);
    }
    const times = client.arrivals.map(({ end, at }) => at - (sent.get(end) ?? Number.NaN)).sort((a, b) => a - b);
    if (times.length === 0) throw new Difference(`no signal came in ${MINUTES} minutes`);
    if (times.some(Number.isNaN)) throw new Difference(`a signal came when its minute was over, ${PACE_MS} ms later`);
    if (client.isDoubled) throw new Difference('a signal came twice');
    signals += times.length;
    quantiles.p50 = times[Math.ceil(times.length * 0.5) - 1] ?? Number.NaN;
    quantiles.p99 = times[Math.ceil(times.length * 0.99) - 1] ?? Number.NaN;
    return 1;
  };
  return {
    variants: [
      { name: 'ours', role: 'ours', figure: () => quantiles.p99 * 1_000, run },
      { name: 'ours, half of them (p50)', role: 'part', figure: () => quantiles.p50 * 1_000, run: () => 1 },
    ],
    check: async () => [`${signals} signals, each once and within its own minute`],
    notes: [
      `the pipeline is trained on ${HISTORY_SESSIONS} sessions before; a minute of the session each ${PACE_MS / 1_000} s`,
      `venue, pipeline, role api, Redis and PostgreSQL ${database.version} share the cores with the client`,
    ],
    close: async () => {
      client.close();
      venue.stop();
      await pipeline.stop();
      await api.stop();
      await redis.kill();
      await database.stop();
    },
  };
}

class Venue {
  readonly #child: ChildProcess;
  readonly environment: Readonly<Record<string, string>>;

  private constructor(child: ChildProcess, environment: Readonly<Record<string, string>>) {
    this.#child = child;
    this.environment = environment;
  }

  static async open(): Promise<Venue> {
    const child = fork(VENUE, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const order = { open: { symbols: SYMBOLS, historySessions: HISTORY_SESSIONS } };
    const { environment } = (await ask(child, order)) as Opened;
    return new Venue(child, environment);
  }

  /** Tells the next minute of all symbols at once, and waits for what follows from it. */
  async minute(): Promise<Told> {
    const told = (await ask(this.#child, 'minute')) as Told;
    await sleep(PACE_MS);
    return told;
  }

  /** The pipeline loads its history and trains before it follows. */
  async untilFollowed(): Promise<void> {
    while ((await ask(this.#child, 'followers')) === 0) await sleep(LOOK_MS);
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

async function ask(child: ChildProcess, order: VenueOrder): Promise<unknown> {
  const over = new AbortController();
  const { signal } = over;
  const answer = once(child, 'message', { signal });
  const ended = once(child, 'exit', { signal }).then(() => Promise.reject(new Error('the venue ended')));
  ended.catch(() => undefined);
  child.send(order);
  const [message] = await Promise.race([answer, ended]);
  over.abort();
  return message;
}

class Client {
  readonly arrivals: Arrival[] = [];
  readonly #seen = new Set<string>();
  readonly #socket: ClientSocket;
  isDoubled = false;

  private constructor(port: number, subscribed: () => void) {
    const payload = { query: QUERY };
    this.#socket = new ClientSocket(port, {
      opened: () => this.#socket.send(INIT),
      closed: (reason) => {
        throw new Error(`the client lost its connection: ${reason}`);
      },
      heard: (text) => {
        const at = performance.timeOrigin + performance.now();
        const message = JSON.parse(text.toString()) as Message;
        if (message.type === 'connection_ack')
          this.#socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
        else subscribed();
        for (const { type, signal } of message.payload?.data?.signalEvents.events ?? [])
          if (type === 'PUBLISHED') this.#take(signal, at);
      },
    });
  }

  static open(port: number): Promise<Client> {
    return new Promise((resolve) => {
      const client: Client = new Client(port, () => resolve(client));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take({ id, publishedAt }: { readonly id: string; readonly publishedAt: string }, at: number): void {
    this.isDoubled ||= this.#seen.has(id);
    this.#seen.add(id);
    this.arrivals.push({ id, end: Math.floor(Date.parse(publishedAt) / 60_000) * 60_000, at });
  }
}

type Message = {
  readonly type: string;
  readonly payload?: { readonly data?: { readonly signalEvents: { readonly events?: readonly Event[] } } };
};
type Event = { readonly type: string; readonly signal: { readonly id: string; readonly publishedAt: string } };
