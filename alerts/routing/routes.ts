import type { Severity } from '../alert.ts';
import type { Receiver } from './receivers.ts';

/** When people who need not be woken are told. New York is where the market is. */
export const timeIntervals = [
  {
    name: 'working-hours',
    time_intervals: [
      {
        weekdays: ['monday:friday'],
        times: [{ start_time: '08:00', end_time: '18:00' }],
        location: 'America/New_York',
      },
    ],
  },
] as const;

type Route = {
  readonly matchers: readonly string[];
  readonly receiver: Receiver;
  readonly group_wait: string;
  readonly group_interval?: string;
  readonly repeat_interval: string;
  readonly continue?: true;
  readonly active_time_intervals?: readonly (typeof timeIntervals)[number]['name'][];
};

const severity = (is: Severity): string[] => [`severity="${is}"`];

/** The first that fits, and the next one too where it says so. What fits none is a ticket, so that an alert without a label is not lost. */
export const routes: readonly Route[] = [
  {
    matchers: severity('heartbeat'),
    receiver: 'heartbeat',
    group_wait: '0s',
    group_interval: '1m',
    repeat_interval: '1m',
  },
  { matchers: severity('page'), receiver: 'page', group_wait: '10s', repeat_interval: '1h', continue: true },
  { matchers: severity('page'), receiver: 'page-chat', group_wait: '10s', repeat_interval: '1h' },
  {
    matchers: severity('info'),
    receiver: 'info',
    group_wait: '30s',
    repeat_interval: '24h',
    active_time_intervals: ['working-hours'],
  },
  {
    matchers: severity('ticket'),
    receiver: 'ticket',
    group_wait: '5m',
    repeat_interval: '24h',
    active_time_intervals: ['working-hours'],
  },
];
