import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { RecordedClock } from '../../recorded/clock.ts';
import { activeFault } from '../../recorded/faults.ts';
import type { Recording } from '../../recorded/recording.ts';
import { VenueDoor } from '../../recorded/venue-door.ts';
import type { Account } from './account.ts';
import type { CorporateActionEntry } from './answers.ts';
import type { Fault } from './faults.ts';
import { Rest } from './rest.ts';
import { type StreamFeed, StreamSession } from './stream-session.ts';
import { type Emission, Timeline } from './timeline.ts';

export type ServerOptions = {
  readonly recording: Recording;
  readonly accounts: readonly Account[];
  /** Recorded time at which it starts: what was known then is history, the rest comes. Default: the first bar. */
  readonly startAt?: number;
  /** Times real time; 0 stands still but for `play`. Default 1. */
  readonly speed?: number;
  /** Default: one that is free. */
  readonly port?: number;
  readonly faults?: readonly Fault[];
  readonly corporateActions?: Readonly<Record<string, readonly CorporateActionEntry[]>>;
  /** Told of each moment with something to send, just before it is sent; by the recorded time. */
  readonly onSend?: (at: number) => void;
};

const MINUTE = 60_000;
/** Nights and weekends are not waited for: the clock leaps to a minute before the next bar. */
const LEAP_OVER = 60 * MINUTE;
const HUGE = 10 * 1024 * 1024;

/** A server on this machine that speaks Alpaca's protocol from recorded bars: rightly and, where faults say so, wrongly. */
export class AlpacaServer {
  readonly clock: RecordedClock;
  readonly rest: Rest;
  readonly #recording: Recording;
  readonly #accounts: readonly Account[];
  readonly #door: VenueDoor<StreamSession>;
  readonly #onSend: (at: number) => void;
  #faults: readonly Fault[];
  #timeline: Timeline;
  /** Index of the next emission. */
  #next = 0;
  #player: NodeJS.Timeout | undefined;

  private constructor(options: ServerOptions) {
    const { recording, accounts, corporateActions = {}, faults = [], speed = 1 } = options;
    this.#onSend = options.onSend ?? (() => undefined);
    this.#recording = recording;
    this.#accounts = accounts;
    this.#faults = faults;
    this.#timeline = new Timeline(recording, faults);
    this.clock = new RecordedClock({ at: options.startAt ?? recording.bars[0]?.start ?? 0, speed });
    this.rest = new Rest({
      accounts,
      faults: () => this.#faults,
      context: () => ({
        now: this.clock.now(),
        timeline: this.#timeline,
        symbols: recording.symbols,
        corporateActions,
      }),
    });
    this.#door = new VenueDoor({
      handle: (request, response) => this.rest.handle(request, response),
      streamAt: (request) => {
        const feed = FEEDS.find((name) => request.url === `/v2/${name}`);
        return feed === undefined ? null : (socket) => this.#sessionOf(socket, request, feed);
      },
      isWrong: (fault) => activeFault(this.#faults, fault, this.clock.now()) !== undefined,
    });
  }

  static async start(options: ServerOptions): Promise<AlpacaServer> {
    const server = new AlpacaServer(options);
    await server.#door.listen(options.port ?? 0);
    server.#goOnAfter(server.clock.now());
    if (server.clock.speed > 0) server.#run();
    return server;
  }

  get httpUrl(): string {
    return this.#door.url;
  }

  streamUrl(feed: StreamFeed = 'iex'): string {
    return `${this.httpUrl.replace('http', 'ws')}/v2/${feed}`;
  }

  /** Connections that are authenticated now. */
  get connections(): number {
    return this.#door.sessions.filter(({ account }) => account !== null).length;
  }

  /** Those that have subscribed to something. */
  get followers(): number {
    return this.#door.followers;
  }

  /** Other faults from now on; what was told stays told. */
  setFaults(faults: readonly Fault[]): void {
    this.#faults = faults;
    this.#timeline = new Timeline(this.#recording, faults);
    this.#goOnAfter(this.clock.now());
    // What waits for its turn is of the timeline before; and where nothing was left, nobody waits.
    clearTimeout(this.#player);
    if (this.clock.speed > 0) this.#run();
  }

  /** When something will be sent next, by the recorded time; null when nothing is left. */
  nextEmission(): number | null {
    return this.#timeline.emissions[this.#next]?.at ?? null;
  }

  /** Lets the time pass until then, from one moment with something to send to the next; each is read before the next one comes. */
  async play(instant: number): Promise<void> {
    for (let due = this.#dueUntil(instant); due.length > 0; due = this.#dueUntil(instant)) {
      this.clock.moveTo(due[0]?.at ?? instant);
      this.#send(due);
      await this.#door.allHaveRead();
    }
    this.clock.moveTo(instant);
  }

  /** A frame as it stands, to everybody who is authenticated. */
  sendRaw(data: string | Uint8Array): void {
    for (const session of this.#door.sessions) if (session.account !== null) session.sendRaw(data);
  }

  /** Without a word. */
  dropConnections(): void {
    this.#door.drop();
  }

  async close(): Promise<void> {
    clearTimeout(this.#player);
    await this.#door.close();
  }

  #goOnAfter(instant: number): void {
    const index = this.#timeline.emissions.findIndex(({ at }) => at > instant);
    this.#next = index < 0 ? this.#timeline.emissions.length : index;
  }

  #run(): void {
    const next = this.#timeline.emissions[this.#next];
    if (next === undefined) return;
    if (next.at - this.clock.now() > LEAP_OVER) this.clock.moveTo(next.at - MINUTE);
    const ms = Math.max(0, next.at - this.clock.now()) / this.clock.speed;
    this.#player = setTimeout(() => {
      const now = this.clock.now();
      for (let due = this.#dueUntil(now); due.length > 0; due = this.#dueUntil(now)) this.#send(due);
      this.#run();
    }, ms);
  }

  /** The emissions of the next moment, if it has come. */
  #dueUntil(instant: number): readonly Emission[] {
    const { emissions } = this.#timeline;
    const at = emissions[this.#next]?.at ?? Number.POSITIVE_INFINITY;
    if (at > instant) return [];
    let end = this.#next;
    while (emissions[end]?.at === at) end += 1;
    const due = emissions.slice(this.#next, end);
    this.#next = end;
    return due;
  }

  #send(due: readonly Emission[]): void {
    const at = due[0]?.at ?? 0;
    this.#onSend(at);
    if (activeFault(this.#faults, 'mute', at)) return;
    for (const session of this.#door.sessions) {
      if (session.account === null) continue;
      if (activeFault(this.#faults, 'malformed', at)) sendMalformed(session);
      if (activeFault(this.#faults, 'huge', at)) session.sendRaw(`[{"T":"b","S":"${'A'.repeat(HUGE)}"}]`);
      session.deliver(due);
    }
  }

  #sessionOf(socket: WebSocket, request: IncomingMessage, feed: StreamFeed): StreamSession {
    const { 'content-type': type, 'apca-api-key-id': key, 'apca-api-secret-key': secret } = request.headers;
    return new StreamSession({
      socket,
      feed,
      binary: type === 'application/msgpack',
      accounts: this.#accounts,
      headers: { key, secret },
      isFree: (account) => !this.#door.sessions.some((other) => other.account === account && other.feed === feed),
    });
  }
}

const FEEDS = ['iex', 'sip', 'test'] as const satisfies readonly StreamFeed[];

/** What no client may fall over: no JSON or msgpack, no list, a bar without prices, a type of its own. */
function sendMalformed(session: StreamSession): void {
  session.sendRaw(session.binary ? new Uint8Array([0xc1, 0xff]) : '[{"T":"b","S":');
  session.sendRaw('{"T":"b"}');
  session.sendRaw('[{"T":"b","S":"SPY","t":"2013-10-04T13:30:00Z"}]');
  session.sendRaw('[{"T":"news-of-tomorrow","S":"SPY"}]');
}
