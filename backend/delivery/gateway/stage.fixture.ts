import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { CursorCodec } from '../../log/cursor.ts';
import { appendBodies as append, openEpoch, openStream } from '../../log/testing.ts';
import { createMetrics } from '../../metrics/registry.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { wallClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/telemetry/logger.ts';
import { publishing, writeTick } from '../../signals/publishing.fixture.ts';
import type { Signal } from '../../signals/signal.ts';
import { factsOf, type SignalEventBody } from '../../signals/signal-event.ts';
import { filterHash, normaliseFilter, type SignalFilter } from '../../signals/signal-filter.ts';
import { SignalsService } from '../../signals/signals.service.ts';
import type { TestStore } from '../../testing/database.ts';
import { openMarketStore } from '../../testing/market-store.ts';
import { InProcessWakeUp } from '../wake-up.ts';
import type { Gateway } from './gateway.ts';
import { type GatewayParts, openGateway } from './open-gateway.ts';
import { type Asked, Subscriber } from './subscriber.fixture.ts';

export const CHECKPOINT_MS = 200;
export const POLL_MS = 20;

/** For the tests of a file: a log with a stream of its own for each of them, and gateways over it. */
export function openStage(): Stage {
  const stage = new Stage();
  beforeAll(() => stage.open());
  afterAll(() => stage.close());
  beforeEach(() => stage.nextStream());
  afterEach(() => stage.leaveAll());
  return stage;
}

type Context = Partial<GatewayParts> & { readonly gateway?: Gateway };
type Place = { readonly filter?: SignalFilter; readonly epoch?: string };

class Stage {
  stream = '';
  readonly #codec = new CursorCodec('a secret of at least 32 characters');
  readonly #subscribers: Subscriber[] = [];
  readonly #gateways: Gateway[] = [];
  #opened = 0;
  #parts: { store: TestStore; signal: Signal } | null = null;

  async open(): Promise<void> {
    const { market, ticks, store } = await openMarketStore('follow');
    const signal = ticks[0]?.published[0] as Signal;
    await writeTick(await store.em(), market.source, publishing([signal]));
    this.#parts = { store, signal };
  }

  async close(): Promise<void> {
    await this.#parts?.store.dispose();
  }

  async nextStream(): Promise<void> {
    this.stream = `stream-${++this.#opened}`;
    await openStream(this.store.owner, this.stream);
  }

  async leaveAll(): Promise<void> {
    for (const subscriber of this.#subscribers.splice(0)) subscriber.leave();
    await Promise.all(this.#gateways.splice(0).map((gateway) => gateway.close()));
  }

  get store(): TestStore {
    return this.#open.store;
  }

  /** What all events are about. */
  get signal(): Signal {
    return this.#open.signal;
  }

  gatewayWith(context: Partial<GatewayParts>): Gateway {
    const gateway = openGateway({
      pool: this.store.pool,
      signals: new SignalsService(context.pool ?? this.store.pool, this.#codec, wallClock),
      ...{ stream: this.stream, codec: this.#codec, wakeUp: new InProcessWakeUp() },
      ...{ metrics: createMetrics(), log: silentLogger },
      dataClock: { now: () => Date.parse(this.signal.publishedAt) },
      ...{ pollMs: POLL_MS, checkpointMs: CHECKPOINT_MS, flush: () => undefined },
      ...context,
    });
    this.#gateways.push(gateway);
    return gateway;
  }

  /** At a gateway of its own, unless one is handed in. */
  subscribe(asked: Asked = {}, context: Context = {}): Subscriber {
    const subscriber = new Subscriber(context.gateway ?? this.gatewayWith(context), asked);
    this.#subscribers.push(subscriber);
    return subscriber;
  }

  /** The nth event about the one signal: every third is about SPY, the others about something else. */
  body(n: number): string {
    const facts = { ...factsOf(this.signal), instrumentId: n % 3 === 0 ? 'spy-us' : `other-${n % 3}` };
    const event: SignalEventBody = {
      type: n % 2 === 0 ? 'TRIGGERED' : 'STOP_HIT',
      facts,
      occurredAt: this.signal.publishedAt,
    };
    return canonicalJson(event);
  }

  put(from: number, to: number) {
    const bodies = Array.from({ length: to - from + 1 }, (_, index) => this.body(from + index));
    return append(this.store.pool, this.stream, bodies);
  }

  /** As after a restore that kept the events up to a seq. */
  openEpoch(epoch: string, lastCommonSeq: number) {
    return openEpoch(this.store.owner, this.stream, epoch, lastCommonSeq);
  }

  cursorAt(seq: number, { filter = {}, epoch = `${this.stream}-first` }: Place = {}): string {
    const positions = { [this.stream]: { epoch, seq } };
    return this.#codec.encode({ positions, filterHash: filterHash(normaliseFilter(filter)) });
  }

  placeOf(cursor: string | null | undefined) {
    return cursor == null ? null : this.#codec.decode(cursor).positions[this.stream];
  }

  get #open() {
    if (this.#parts === null) throw new Error('the stage is not open');
    return this.#parts;
  }
}

export const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
