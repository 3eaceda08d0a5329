import { WebSocket } from 'ws';
import { follow } from '../../../client/follow.ts';
import type { WebSocketClass } from '../../../client/transport.ts';
import type { TimedEvents } from '../delays.ts';

type Heard = TimedEvents[number][];

/** Many subscribers in one process that come back by themselves whatever happens to them, each with a log of all that it was handed. */
export class Crowd {
  readonly heard: Heard[] = [];
  readonly failures: string[] = [];
  /** When each connection that a function was asked for was open, ms since 1970. */
  readonly opened: number[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];

  /** Begins to follow, from the first event there is. A function is asked at each connection. */
  add(count: number, url: string | (() => string)): void {
    const webSocket = typeof url === 'string' ? WebSocket : webSocketTo(url, this.opened);
    for (let index = 0; index < count; index += 1) {
      const heard: Heard = [];
      this.heard.push(heard);
      this.#running.push(this.#follow(typeof url === 'string' ? url : url(), webSocket, heard));
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

  async #follow(url: string, webSocket: WebSocketClass, heard: Heard): Promise<void> {
    const retry = { firstMs: 50, maxMs: 500 } as const;
    try {
      for await (const { events } of follow({
        ...{ url, webSocket, from: 'BEGINNING', signal: this.#stop.signal, retry },
      })) {
        const at = Date.now();
        for (const { seq } of events) heard.push({ seq, at });
      }
    } catch (error) {
      this.failures.push(error instanceof Error ? error.message : String(error));
    }
  }
}

/** What is wrong with what was handed out, against the seqs of the log; empty when each came once and in order. */
export function crowdFaults(
  { heard, failures }: Pick<Crowd, 'heard' | 'failures'>,
  logged: readonly number[],
): string[] {
  const faults = heard.flatMap((one, index) => {
    const at = logged.findIndex((seq, place) => one[place]?.seq !== seq);
    if (at === -1 && one.length === logged.length) return [];
    const place = at === -1 ? logged.length : at;
    return [`subscriber ${index}: at place ${place} seq ${one[place]?.seq}, expected ${logged[place]}`];
  });
  return [...failures.map((failure) => `a subscriber gave up: ${failure}`), ...faults];
}

/** Where the next connection goes is asked when it is made, as a balancer decides it. */
function webSocketTo(url: () => string, opened: number[]): WebSocketClass {
  return class extends WebSocket {
    constructor(_given: string, protocols?: string | string[]) {
      super(url(), protocols);
      this.once('open', () => opened.push(Date.now()));
    }
  };
}
