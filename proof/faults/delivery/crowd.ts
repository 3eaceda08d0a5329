import { WebSocket } from 'ws';
import { type FollowOptions, follow } from '../../../client/follow.ts';
import type { WebSocketClass } from '../../../client/transport.ts';
import type { TimedEvents } from '../../common/delays.ts';
import type { Place } from './lane.ts';

type Heard = TimedEvents[number][];

/** A crowd comes from one address and is one person, which a pod would hold against it. */
export const CROWD_SETTINGS = {
  UNKNOWN_SOCKETS_PER_ADDRESS: '5000',
  SUBSCRIPTIONS_PER_PRINCIPAL: '5000',
  RATE_LIMIT_PER_SECOND: '100000000',
  RATE_LIMIT_BURST: '1000000000',
} as const;

/** Many subscribers in one process that come back by themselves whatever happens to them, each with a log of all that it was handed. */
export class Crowd {
  readonly heard: Heard[] = [];
  /** The seq after which each of them began. */
  readonly begins: number[] = [];
  readonly failures: string[] = [];
  /** When each connection that a function was asked for was begun, ms since 1970: how soon it is open lies with whoever takes it. */
  readonly begun: number[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];
  #place: Place | null = null;

  /** Begins to follow, after a place or from the first event there is. A function is asked at each connection. */
  add(count: number, url: string | (() => string), after: Place | null = null): void {
    const webSocket = typeof url === 'string' ? WebSocket : webSocketTo(url, this.begun);
    for (let index = 0; index < count; index += 1) {
      const heard: Heard = [];
      this.heard.push(heard);
      this.begins.push(after?.seq ?? 0);
      const way = { url: typeof url === 'string' ? url : url(), webSocket, after: after?.cursor };
      this.#running.push(this.#follow(way, heard));
    }
  }

  /** The seq up to which everybody has heard. */
  get slowest(): number {
    return this.heard.reduce(
      (least, heard) => Math.min(least, heard.at(-1)?.seq ?? 0),
      this.heard.length === 0 ? 0 : Infinity,
    );
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  /** How far the first of them has come. */
  get place(): Place | null {
    return this.#place;
  }

  async #follow(way: Pick<FollowOptions, 'url' | 'webSocket' | 'after'>, heard: Heard): Promise<void> {
    const retry = { firstMs: 50, maxMs: 500 } as const;
    try {
      for await (const { events, cursor } of follow({
        ...{ ...way, from: 'BEGINNING', signal: this.#stop.signal, retry },
      })) {
        const at = Date.now();
        for (const { seq } of events) heard.push({ seq, at });
        if (heard === this.heard[0]) this.#place = { cursor, seq: heard.at(-1)?.seq ?? 0 };
      }
    } catch (error) {
      this.failures.push(error instanceof Error ? error.message : String(error));
    }
  }
}

/** What is wrong with what was handed out, against the seqs of the log; empty when each came once and in order. */
export function crowdFaults(
  { heard, begins, failures }: Pick<Crowd, 'heard' | 'begins' | 'failures'>,
  logged: readonly number[],
): string[] {
  const faults = heard.flatMap((one, index) => {
    const wanted = logged.filter((seq) => seq > (begins[index] ?? 0));
    const at = wanted.findIndex((seq, place) => one[place]?.seq !== seq);
    if (at === -1 && one.length === wanted.length) return [];
    const place = at === -1 ? wanted.length : at;
    return [`subscriber ${index}: at place ${place} seq ${one[place]?.seq}, expected ${wanted[place]}`];
  });
  return [...failures.map((failure) => `a subscriber gave up: ${failure}`), ...faults];
}

/** Where the next connection goes is asked when it is made, as a balancer decides it. */
function webSocketTo(url: () => string, begun: number[]): WebSocketClass {
  return class extends WebSocket {
    constructor(_given: string, protocols?: string | string[]) {
      super(url(), protocols);
      begun.push(Date.now());
    }
  };
}
