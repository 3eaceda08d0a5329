import type { Random } from '../../backend/platform/random.ts';
import type { SignalEventBody } from '../../backend/signals/signal-event.ts';
import { normaliseFilter, type SignalFilter } from '../../backend/signals/signal-filter.ts';

const INSTRUMENTS = ['a', 'b', 'c', 'd', 'e'];
const SIDES = ['LONG', 'SHORT'] as const;
const MODELS = ['m1', 'm2'];
const TYPES = ['PUBLISHED', 'TRIGGERED', 'TARGET_HIT', 'STOP_HIT'] as const;

const one = <T>(random: Random, list: readonly T[]): T => list[random.integer(0, list.length)] as T;
const some = <T>(random: Random, list: readonly T[]): T[] => [one(random, list), one(random, list)];

export function inventEvent(random: Random, number: number): SignalEventBody {
  return {
    type: one(random, TYPES),
    occurredAt: '2026-01-05T15:00:00.000Z',
    facts: {
      ...{ signalId: `s${number}`, instrumentId: one(random, INSTRUMENTS), mic: 'XNYS', side: one(random, SIDES) },
      ...{ modelVersionId: one(random, MODELS), timeframe: '1m', expiresAt: '2027-01-01T00:00:00.000Z' },
      confidence: (random.integer(0, 100) / 100).toFixed(2),
    },
  };
}

/** A wish of some client: everything, something, and now and then nothing that ever comes. */
export function inventFilter(random: Random, depth = 0): SignalFilter {
  const kind = random.integer(0, depth > 1 ? 5 : 9);
  const node = (): SignalFilter => inventFilter(random, depth + 1);
  const filters: SignalFilter[] = [
    {},
    { instruments: some(random, INSTRUMENTS) },
    { sides: [one(random, SIDES)], models: [one(random, MODELS)] },
    { instruments: ['none'] },
    { minConfidence: '0.5', eventTypes: some(random, TYPES) },
    ...(depth > 1
      ? []
      : [
          { or: [node(), node()] },
          { and: [node(), node()] },
          { not: node() },
          { instruments: [one(random, INSTRUMENTS)] },
        ]),
  ];
  return normaliseFilter(filters[kind] ?? {});
}
