import { expect } from 'vitest';
import { filterHash, type SignalFilter } from '../../signals/signal-filter.ts';
import type { StreamItem } from '../stream-item.ts';
import type { Gateway, SubscribeRequest } from './gateway.ts';
import type { GatewaySubscription } from './group.ts';
import type { Outlet } from './ports.ts';

export type Asked = Partial<SubscribeRequest> & { readonly filter?: SignalFilter };

/** A client that takes an item at a time. `waiting` are the bytes that it has not taken. */
export class Subscriber implements Outlet {
  readonly items: StreamItem[] = [];
  readonly gateway: Gateway;
  subscription: GatewaySubscription;
  completed = false;
  failure: unknown;
  closed = false;
  waiting = 0;
  #arrived: StreamItem[] = [];
  #wake = (): void => undefined;
  #drained = (): void => undefined;

  constructor(gateway: Gateway, request: Asked) {
    this.gateway = gateway;
    const filter = request.filter ?? {};
    this.subscription = this.gateway.subscribe(
      {
        ...{ after: null, from: 'BEGINNING', maxBatch: 50 },
        group: {
          ...{ key: filterHash(filter), filter, filterHash: filterHash(filter) },
          render: async (item) => Buffer.from(JSON.stringify(item)),
        },
        ...request,
      },
      this,
    );
  }

  next(payload: Buffer): void {
    this.#arrived.push(JSON.parse(payload.toString()) as StreamItem);
    this.#wake();
  }

  complete(): void {
    this.completed = true;
    this.#wake();
  }

  fail(error: unknown): void {
    this.failure = error;
    this.#wake();
  }

  tooSlow(): void {
    this.closed = true;
    this.#wake();
  }

  onDrained(run: () => void): void {
    this.#drained = run;
  }

  inTurn(work: () => Promise<void>): Promise<void> {
    return work();
  }

  /** Takes what it was sent. */
  drain(): void {
    this.waiting = 0;
    this.#drained();
  }

  /** The next item; null when there will be none. */
  async take(): Promise<StreamItem | null> {
    for (;;) {
      if (this.failure !== undefined) throw this.failure;
      const item = this.#arrived.shift();
      if (item !== undefined) this.items.push(item);
      if (item !== undefined || this.completed || this.closed) return item ?? null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async until(isIt: (item: StreamItem) => boolean): Promise<StreamItem> {
    for (;;) {
      const item = await this.take();
      if (item === null) throw new Error(`ended after ${JSON.stringify(this.items.at(-1))}`);
      if (isIt(item)) return item;
    }
  }

  untilLive = () => this.until((item) => item.kind === 'checkpoint' && item.live);

  get seqs(): number[] {
    return this.items.flatMap((item) => (item.kind === 'batch' ? item.events.map(({ event }) => event.seq) : []));
  }

  leave(): void {
    this.subscription.leave();
  }
}

/** Each item continues the one before. */
export function expectChain(items: readonly StreamItem[], after: string | null): void {
  let last = after;
  for (const item of items) {
    if (item.kind === 'problem') continue;
    expect(item.previousCursor).toBe(last);
    last = item.cursor;
  }
}
