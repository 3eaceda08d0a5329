import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach } from 'vitest';
import { type Delivery, type FollowOptions, follow } from '../follow.ts';
import { eventBody } from './events.ts';
import { LogServer } from './log-server.ts';

/** Gives each test of a file its own server, and the usual ways to use it. */
export function logServerPerTest() {
  let server: LogServer;
  beforeEach(async () => {
    server = await LogServer.start();
  });
  afterEach(() => server.stop());

  /** Follows until `count` events have come; returns their seqs. */
  async function seqs(
    count: number,
    options: Partial<FollowOptions> = {},
    onDelivery: (delivery: Delivery) => unknown = () => {},
  ): Promise<number[]> {
    const seen: number[] = [];
    for await (const delivery of follow({ url: server.url, retry: { firstMs: 10, maxMs: 40 }, ...options })) {
      seen.push(...delivery.events.map((event) => event.seq));
      await onDelivery(delivery);
      if (seen.length >= count) break;
    }
    return seen;
  }

  return {
    get server() {
      return server;
    },
    seqs,
    /** What following throws before the first event. */
    failure: (options: Partial<FollowOptions> = {}): Promise<unknown> =>
      seqs(1, options).then(
        () => 'no failure',
        (error: unknown) => error,
      ),
    append(count: number): void {
      for (let n = 0; n < count; n++) server.append(eventBody());
    },
  };
}

export function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

export async function until(condition: () => boolean, told: () => unknown = () => ''): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Still not so after 5 s: ${condition} ${told()}`);
    await wait(2);
  }
}
