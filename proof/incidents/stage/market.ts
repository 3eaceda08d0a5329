import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../../../backend/calendar/index.ts';
import { startService } from '../../runbooks/drills/service.ts';
import { marketTime } from '../scale/clock.ts';
import { type Days, daysOf, type Kind, type When } from './days.ts';
import { serveDisk } from './disk.ts';
import { invite, type Observer, observe, type Stage } from './stage.ts';
import { startVenue, type Venue } from './venue.ts';

const MINUTE = 60_000;
/** Minutes of the session that an incident has before it at least. */
const ROOM = 130;
/** The service has to decide about a bar before anything happens: it starts so many minutes before the end of the session before. */
const BEFORE = 300;
const LEAP_MS = 5_000;

/** Days of New York's exchange, at a pace. */
export type MarketStage = Stage & {
  readonly days: Days;
  readonly venue: Venue;
  /** Of the disk that the database is told to be on. */
  readonly diskBytes: number;
  /** Brings the market to where an incident happens. */
  goTo(when: When): Promise<void>;
  /** Where the incident needs it, the size of the database is told as well. */
  observe(disk: boolean): Promise<Observer>;
};

export async function openMarket(
  { folder, speed, kind }: { readonly folder: string; readonly speed: number; readonly kind: Kind },
  stack: AsyncDisposableStack,
): Promise<MarketStage> {
  const days = daysOf(kind, Date.now());
  const venue = await startVenue(days, { startAt: lastClose(days) - BEFORE * MINUTE, speed });
  stack.defer(() => venue.server.close());
  const service = stack.use(await startService(() => ({ ...venue.settings, SIGNAL_TOP_QUANTILE: '0.3' })));
  invite(service, stack);
  const disk = await serveDisk(service.env['DATABASE_URL'] ?? '');
  stack.defer(disk.close);
  return {
    ...{ service, speed, days, venue, diskBytes: disk.bytes },
    always: new Set(['Watchdog']),
    goTo: (when) => goTo(when, days, venue),
    observe: (isTold) => {
      const scaling = { windows: speed, waits: speed, time: marketTime(venue.server.clock) };
      return observe({ folder, service, scaling, ...(isTold && { measured: disk.address }) });
    },
  };
}

function lastClose({ history, played }: Days): number {
  return (history.at(-1) ?? played[0]).close;
}

async function goTo(when: When, days: Days, { server, leap }: Venue): Promise<void> {
  const now = server.clock.now();
  const next = days.played.map((session) => spanOf(when, session)).find(([, until]) => now < until);
  if (next === undefined) throw new Error(`no day is left that could be ${when}`);
  if (now >= next[0]) return;
  leap(next[0]);
  // The service reads the clock of the venue each second, and takes in what it has leapt over.
  await sleep(LEAP_MS);
}

/** Where in a day it may begin: from then on, and before it is too late, ms. */
function spanOf(when: When, { open, close }: Session): readonly [from: number, until: number] {
  if (when === 'in session') return [open + 20 * MINUTE, close - ROOM * MINUTE];
  if (when === 'after hours') return [close + 10 * MINUTE, close + 60 * MINUTE];
  if (when === 'before the open') return [open - 60 * MINUTE, open - 55 * MINUTE];
  return [close - 45 * MINUTE, close - 40 * MINUTE];
}
