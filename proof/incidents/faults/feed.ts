import { setTimeout as sleep } from 'node:timers/promises';
import type { MarketIncident } from '../incident.ts';
import type { MarketStage } from '../stage/market.ts';

const MINUTE = 60_000;
const stale = [
  'MarketDataStale',
  'MarketDataPartiallyStale',
  'DataFreshnessBudgetBurnFast',
  'DataFreshnessBudgetBurnSlow',
] as const;

const mute = ({ venue }: MarketStage): void => venue.mute();
const speaks = { what: 'the venue speaks again', work: ({ venue }: MarketStage): void => venue.speak() };

export const feedIncidents: readonly MarketIncident[] = [
  {
    name: 'feed mute in session',
    what: 'the venue keeps its connections and sends no bar',
    day: 'whole',
    when: 'in session',
    fires: stale,
    minutes: 9,
    inject: mute,
    undo: speaks,
    drill: 'MarketDataStale',
  },
  {
    name: 'feed mute out of session',
    what: 'the same after the close',
    day: 'whole',
    when: 'after hours',
    fires: [],
    minutes: 40,
    inject: mute,
    undo: speaks,
  },
  {
    name: 'half day',
    what: 'no bar from the early close on',
    day: 'half',
    when: 'before the close',
    fires: [],
    minutes: 45,
    inject: async (stage) => {
      const [{ close }] = stage.days.played;
      await sleep((close - stage.venue.server.clock.now()) / stage.speed);
      stage.venue.mute();
    },
    undo: speaks,
  },
  {
    name: 'DST morning',
    what: 'no bar from before the open on, on the first day after the clocks were changed',
    day: 'changed',
    when: 'before the open',
    fires: stale,
    // Not an hour late or early, as by yesterday's clock: three minutes after the open, and one more that it waits.
    told: ({
      days: {
        played: [{ open }],
      },
    }) => [open + 3 * MINUTE, open + 9 * MINUTE],
    minutes: 9,
    inject: mute,
    undo: speaks,
    drill: 'MarketDataStale',
  },
];
