import type { Signal } from '../../../backend/signals/signal.ts';
import type { Payload } from '../servers/setup.ts';

/** What every subscriber asks for, of every server. */
export const SUBSCRIPTION = `subscription Follow($filter: SignalFilter) { signalEvents(filter: $filter) { ... on SignalEventBatch {
  events { type signal { id instrument { id symbol } side timeframe confidence entry { referencePrice } stop targets { price } publishedAt expiresAt } } } } }`;

/** The item for one signal, with the fields in the order in which they are asked for. */
export function payloadOf({ id, instrument, plan, ...signal }: Signal): Payload {
  const shown = {
    ...{
      id: `sig_${id}`,
      instrument: { id: `ins_${instrument.id}`, symbol: instrument.symbol },
      side: signal.side,
      timeframe: 'ONE_MINUTE',
    },
    ...{ confidence: signal.confidence, entry: { referencePrice: plan.referencePrice }, stop: plan.stop },
    ...{ targets: plan.targets.map(({ price }) => ({ price })) },
    ...{ publishedAt: signal.publishedAt, expiresAt: signal.expiresAt },
  };
  return { events: [{ type: 'PUBLISHED', signal: shown }] };
}

/** The events of messages as one text, however many of them a message had. */
export function eventsIn(messages: readonly string[]): string {
  const events = messages.flatMap((text) => {
    const { payload } = JSON.parse(text) as { payload: { data?: { signalEvents: Payload }; errors?: unknown } };
    if (payload.data === undefined || payload.errors !== undefined) throw new Error(`a subscriber was sent ${text}`);
    return payload.data.signalEvents.events;
  });
  return JSON.stringify(events);
}

/** The same of a client that comes back. */
export const SUBSCRIPTION_AFTER = SUBSCRIPTION.replace(
  'Follow($filter: SignalFilter) { signalEvents(filter: $filter)',
  'Follow($filter: SignalFilter, $after: Cursor) { signalEvents(filter: $filter, after: $after)',
);
