import { WebSocket } from 'ws';
import { follow } from '../../client/follow.ts';

/** What one subscriber was handed: seq and moment, ms since 1970, in the order in which it came. */
export type Heard = { readonly seq: number; readonly at: number }[];

/** Subscribers that come back by themselves whatever happens to them, each with a log of all that it was handed. */
export class Followers {
  readonly heard: Heard[] = [];
  readonly failures: string[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];

  /** Begins to follow, from the first event there is. */
  add(count: number, url: string): void {
    for (let index = 0; index < count; index += 1) {
      const heard: Heard = [];
      this.heard.push(heard);
      this.#running.push(this.#follow(url, heard));
    }
  }

  /** The seq up to which everybody has heard. */
  get slowest(): number {
    return Math.min(...this.heard.map((heard) => heard.at(-1)?.seq ?? 0));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #follow(url: string, heard: Heard): Promise<void> {
    const retry = { firstMs: 50, maxMs: 500 } as const;
    try {
      for await (const { events } of follow({
        ...{ url, webSocket: WebSocket, from: 'BEGINNING', signal: this.#stop.signal, retry },
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
export function deliveryFaults({ heard, failures }: Followers, logged: readonly number[]): string[] {
  const faults = heard.flatMap((one, index) => {
    const at = logged.findIndex((seq, place) => one[place]?.seq !== seq);
    if (at === -1 && one.length === logged.length) return [];
    const place = at === -1 ? logged.length : at;
    return [`subscriber ${index}: at place ${place} seq ${one[place]?.seq}, expected ${logged[place]}`];
  });
  return [...failures.map((failure) => `a subscriber gave up: ${failure}`), ...faults];
}
