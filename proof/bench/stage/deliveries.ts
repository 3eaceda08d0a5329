import { setTimeout as sleep } from 'node:timers/promises';
import { Difference, type Prepared, type Variant } from '../benchmark.ts';
import { Subscribers } from './crowd.ts';
import { type Followed, OURS_FEWER, openStage, type Stage } from './followed.ts';
import { eventsIn, payloadOf, SUBSCRIPTION } from './subscription.ts';

export type Deliveries = {
  readonly subscribers: number;
  /** Signals that are published together. */
  readonly burst: number;
  /** How often a round publishes. */
  readonly times: number;
  /** Each subscriber wants the signals of one of so many instruments, in turn; 1: everybody wants all. */
  readonly instruments?: number;
  /** Subscribers of another copy of ours, to see how the cost grows. */
  readonly fewer?: number;
};

/** Every server has answered the last subscription by then. */
const SETTLE_MS = 1_000;

/** Subscribers for each of the servers, which are sent the same signals in turn. */
export async function prepareDeliveries(asked: Deliveries): Promise<Prepared> {
  const { instruments = 1 } = asked;
  const stage = await openStage({ instruments, filtered: instruments > 1, twice: asked.fewer !== undefined });
  const crowds: Subscribers[] = [];
  const variants: Variant[] = [];
  for (const followed of stage.followed) {
    const crowd = new Subscribers();
    crowds.push(crowd);
    const subscribers = followed.name === OURS_FEWER ? (asked.fewer ?? 0) : asked.subscribers;
    await crowd.open({
      ...{ port: followed.server.port, count: subscribers, answersFirst: followed.answersFirst, query: SUBSCRIPTION },
      variables: filtersOf(instruments),
    });
    variants.push(variantOf(stage, followed, crowd, { ...asked, subscribers }));
  }
  await sleep(SETTLE_MS);
  return {
    variants,
    check: async () => ['every event came to every subscriber who wanted it once and in order, as it was published'],
    notes: stage.notes,
    close: async () => {
      for (const crowd of crowds) crowd.stop();
      await stage.close();
    },
  };
}

function filtersOf(instruments: number): Readonly<Record<string, unknown>>[] {
  if (instruments === 1) return [{}];
  return Array.from({ length: instruments }, (_, index) => ({ filter: { instruments: [`ins_bench-${index}`] } }));
}

function variantOf(
  stage: Stage,
  { name, role, server, publish }: Followed,
  crowd: Subscribers,
  { subscribers, burst, times, instruments = 1 }: Deliveries,
): Variant {
  const deliveries = (burst * subscribers) / instruments;
  return {
    ...{ name, role, server: () => server.cpu() },
    run: async () => {
      const published = [];
      for (let time = 1; time <= times; time++) {
        const signals = stage.next(burst);
        published.push(...signals);
        await publish(signals);
        await crowd.until(time * deliveries);
      }
      const { events, messages, different, uneven } = await crowd.received();
      if (events !== times * deliveries || different > 0 || uneven > 0)
        throw new Difference(
          `${name}: ${events} events came, expected ${times * deliveries}; ${different} messages were unlike others, ${uneven} subscribers had another number of them`,
        );
      for (const [group, texts] of messages.entries()) {
        const wanted = published.filter((_, index) => index % instruments === group);
        const expected = JSON.stringify(wanted.flatMap((signal) => payloadOf(signal).events));
        const came = eventsIn(texts);
        if (came !== expected)
          throw new Difference(`${name} sent ${came.slice(0, 800)}, expected ${expected.slice(0, 800)}`);
      }
      return times * deliveries;
    },
  };
}
