import type { WebSocket } from 'ws';
import { RecordedClock } from '../../recorded/clock.ts';
import { activeFault } from '../../recorded/faults.ts';
import type { Recording } from '../../recorded/recording.ts';
import { VenueDoor } from '../../recorded/venue-door.ts';
import type { Fault } from './faults.ts';
import { heartbeat, match } from './frames.ts';
import { Rest } from './rest.ts';
import { StreamSession } from './stream-session.ts';
import { type Emission, type Timeline, timelineOf } from './timeline.ts';

export type ServerOptions = {
  readonly recording: Recording;
  /** Recorded time at which it starts: what was known then is history, the rest comes. Default: the first bar. */
  readonly startAt?: number;
  /** Times real time; 0 stands still but for `play`. Default 1. */
  readonly speed?: number;
  /** Default: one that is free. */
  readonly port?: number;
  readonly faults?: readonly Fault[];
  /** Requests a second that are answered. Default: as documented. */
  readonly burst?: number;
};

const SECOND = 1_000;
/** https://docs.cdp.coinbase.com/exchange/rest-api/rate-limits: 10 requests a second, 15 in bursts. */
const BURST = 15;
/** So many heartbeats of a product a real second at most: a recording that is played fast has them farther apart. */
const MOST_BEATS = 60;
const HUGE = 10 * 1024 * 1024;

/** A server on this machine that speaks the protocol of Coinbase Exchange from recorded bars: rightly and, where faults say so, wrongly. */
export class CoinbaseServer {
  readonly clock: RecordedClock;
  readonly rest: Rest;
  readonly #door: VenueDoor<StreamSession>;
  readonly #timelineOf: (faults: readonly Fault[]) => Timeline;
  readonly #beatMs: number;
  #faults: readonly Fault[];
  #timeline: Timeline;
  /** Index of the next trade that is told, and when the next heartbeat is. */
  #next = 0;
  #nextBeat = 0;
  #player: NodeJS.Timeout | undefined;

  private constructor({ recording, faults = [], startAt, speed = 1, burst = BURST }: ServerOptions) {
    this.#faults = faults;
    this.#timelineOf = timelineOf(recording);
    this.#timeline = this.#timelineOf(faults);
    this.#beatMs = SECOND * Math.max(1, speed / MOST_BEATS);
    this.clock = new RecordedClock({ at: startAt ?? recording.bars[0]?.start ?? 0, speed });
    this.rest = new Rest({
      burst,
      faults: () => this.#faults,
      context: () => ({ now: this.clock.now(), timeline: this.#timeline }),
    });
    this.#door = new VenueDoor({
      handle: (request, response) => this.rest.handle(request, response),
      streamAt: () => (socket) => this.#sessionOf(socket),
      isWrong: (fault) => activeFault(this.#faults, fault, this.clock.now()) !== undefined,
    });
  }

  static async start(options: ServerOptions): Promise<CoinbaseServer> {
    const server = new CoinbaseServer(options);
    await server.#door.listen(options.port ?? 0);
    server.#goOnAfter(server.clock.now());
    if (server.clock.speed > 0) server.#run();
    return server;
  }

  get httpUrl(): string {
    return this.#door.url;
  }

  get streamUrl(): string {
    return this.httpUrl.replace('http', 'ws');
  }

  get products(): readonly string[] {
    return this.#timeline.products;
  }

  /** Connections that have subscribed to something. */
  get followers(): number {
    return this.#door.followers;
  }

  get connections(): number {
    return this.#door.sessions.length;
  }

  /** Other faults from now on; what was told stays told. */
  setFaults(faults: readonly Fault[]): void {
    this.#faults = faults;
    this.#timeline = this.#timelineOf(faults);
    this.#goOnAfter(this.clock.now());
  }

  /** Lets the time pass until then, from one moment with something to send to the next; each is read before the next one comes. */
  async play(instant: number): Promise<void> {
    for (let at = this.#nextMoment(); at <= instant; at = this.#nextMoment()) {
      this.clock.moveTo(at);
      this.#send(at);
      await this.#door.allHaveRead();
    }
    this.clock.moveTo(instant);
  }

  /** A frame as it stands, to everybody. */
  sendRaw(text: string): void {
    for (const session of this.#door.sessions) session.sendRaw(text);
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
    const { emissions } = this.#timeline;
    const index = emissions.findIndex(({ at }) => at > instant);
    this.#next = index < 0 ? emissions.length : index;
    this.#nextBeat = (Math.floor(instant / this.#beatMs) + 1) * this.#beatMs;
  }

  #nextMoment(): number {
    return Math.min(this.#timeline.emissions[this.#next]?.at ?? Number.POSITIVE_INFINITY, this.#nextBeat);
  }

  #run(): void {
    const ms = Math.max(0, this.#nextMoment() - this.clock.now()) / this.clock.speed;
    this.#player = setTimeout(() => {
      const now = this.clock.now();
      for (let at = this.#nextMoment(); at <= now; at = this.#nextMoment()) this.#send(at);
      this.#run();
    }, ms);
  }

  /** All that is told at a moment; it is told then, whether anybody hears it or not. */
  #send(at: number): void {
    const due: Emission[] = [];
    for (
      let next = this.#timeline.emissions[this.#next];
      next?.at === at;
      next = this.#timeline.emissions[this.#next]
    ) {
      due.push(next);
      this.#next += 1;
    }
    const beats = at === this.#nextBeat;
    if (beats) this.#nextBeat += this.#beatMs;
    if (activeFault(this.#faults, 'mute', at)) return;
    for (const session of this.#door.sessions) {
      if (activeFault(this.#faults, 'malformed', at)) sendMalformed(session);
      if (activeFault(this.#faults, 'huge', at)) session.sendRaw(`{"type":"match","side":"${'A'.repeat(HUGE)}"}`);
      for (const { trade } of due) session.deliver('matches', trade.product, match(trade));
      if (beats) this.#beat(session, at);
    }
  }

  #beat(session: StreamSession, at: number): void {
    const isBlind = activeFault(this.#faults, 'blind', at) !== undefined;
    for (const product of this.products) {
      const { id, sequence } = this.#timeline.lastAt(product, at) ?? { id: 0, sequence: 0 };
      session.deliver('heartbeat', product, heartbeat(product, { id: isBlind ? 0 : id, sequence }, at));
    }
  }

  #sessionOf(socket: WebSocket): StreamSession {
    const session: StreamSession = new StreamSession({
      socket,
      products: this.products,
      onSubscribed: (added) => {
        for (const product of added) {
          const last = this.#timeline.lastAt(product, this.clock.now());
          if (last !== undefined) session.send(match(last, 'last_match'));
        }
      },
    });
    return session;
  }
}

/** What no client may fall over: no JSON, no message, a trade without a price, a type of its own. */
function sendMalformed(session: StreamSession): void {
  session.sendRaw('{"type":"match","product_id":');
  session.sendRaw('[]');
  session.sendRaw('{"type":"match","product_id":"BTC-USD","trade_id":1}');
  session.sendRaw('{"type":"news-of-tomorrow","product_id":"BTC-USD"}');
}
