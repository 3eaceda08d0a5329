import { setTimeout as sleep } from 'node:timers/promises';
import { Difference, type Prepared, type Variant } from '../benchmark.ts';
import { Subscribers } from './crowd.ts';
import { type Followed, openStage, type Stage } from './followed.ts';
import { eventsIn, payloadOf, SUBSCRIPTION } from './subscription.ts';

export type Arrivals = {
  readonly subscribers: number;
  /** What is measured while they come: CPU time, or what they leave on the heap. */
  readonly shows: 'cpu' | 'heap';
};

/** By then a server has done what follows from somebody's coming or going. */
const SETTLE_MS = 500;

/** Subscribers who come, one crowd after the other, to each of the servers in turn. */
export async function prepareArrivals({ subscribers, shows }: Arrivals): Promise<Prepared> {
  const stage = await openStage();
  const arrivals = stage.followed.map((followed) => new Arrival(stage, followed, subscribers));
  return {
    variants: arrivals.map((arrival) => (shows === 'cpu' ? cpuOf(arrival) : heapOf(arrival))),
    check: async () => {
      for (const arrival of arrivals) await arrival.prove();
      return ['after each round every subscriber was sent a signal, the same to the byte, as it was published'];
    },
    notes: stage.notes,
    close: async () => {
      for (const arrival of arrivals) arrival.stop();
      await stage.close();
    },
  };
}

class Arrival {
  readonly followed: Followed;
  readonly #stage: Stage;
  readonly #crowd = new Subscribers();
  readonly #count: number;
  #isThere = false;

  constructor(stage: Stage, followed: Followed, count: number) {
    this.#stage = stage;
    this.followed = followed;
    this.#count = count;
  }

  async come(): Promise<void> {
    const { server, answersFirst } = this.followed;
    const order = { port: server.port, answersFirst, query: SUBSCRIPTION, variables: [{}] };
    await this.#crowd.open({ ...order, count: this.#count });
    await sleep(SETTLE_MS);
    this.#isThere = true;
  }

  /** They leave, after it was seen that each of them is subscribed. */
  async leave(): Promise<void> {
    if (!this.#isThere) return;
    await this.prove();
    await this.#crowd.disconnect();
    await sleep(SETTLE_MS);
    this.#isThere = false;
  }

  async prove(): Promise<void> {
    const signals = this.#stage.next(1);
    await this.followed.publish(signals);
    await this.#crowd.until(this.#count);
    const { messages, different } = await this.#crowd.received();
    const expected = JSON.stringify(signals.flatMap((signal) => payloadOf(signal).events));
    const came = eventsIn(messages[0] ?? []);
    if (different > 0 || came !== expected)
      throw new Difference(`${this.followed.name}: ${different} messages were unlike others; one was ${came}`);
  }

  stop(): void {
    this.#crowd.stop();
  }

  get count(): number {
    return this.#count;
  }
}

function cpuOf(arrival: Arrival): Variant {
  const { name, role, server } = arrival.followed;
  return {
    ...{ name, role, server: () => server.cpu() },
    setUp: () => arrival.leave(),
    run: async () => {
      await arrival.come();
      return arrival.count;
    },
  };
}

function heapOf(arrival: Arrival): Variant {
  const { name, role, server } = arrival.followed;
  let [before, after] = [0, 0];
  return {
    ...{ name, role, figure: () => after - before },
    setUp: async () => {
      await arrival.leave();
      before = await server.heap();
    },
    run: async () => {
      await arrival.come();
      after = await server.heap();
      return arrival.count;
    },
  };
}
