import { setTimeout as sleep } from 'node:timers/promises';
import { calendarById } from '../../../backend/calendar/index.ts';
import { AlpacaServer } from '../../alpaca/server/server.ts';
import type { Database } from './databases.ts';
import { account, Platform } from './platform.ts';
import type { Schedule } from './schedule.ts';
import type { Window } from './windows.ts';

const XNYS = calendarById('XNYS');
const MINUTE = 60_000;
const EVENING = 30 * MINUTE;
const IN_SESSION = 20_000;
const OUTSIDE = 15 * 60_000;
/** So long without a bar, a watch may be about to find silence: it gets real time to look. ms */
const SUSPICIOUS = 100_000;
const LOOK_MS = 8;
/** The whole session is asked for once more a minute after its close, looked at each second of a time that runs a hundredfold. */
const LOOK_AT_CLOSE_MS = 40;

/** Brings a database to the beginning of a window: the history before it, and the model that is trained on it. */
export async function prepare(database: Database, window: Window): Promise<void> {
  const { recording, from, halts } = window;
  // On the evening before: what came since is caught up with by each day that is played.
  const startAt = XNYS.previousSession(from - MINUTE).close + EVENING;
  const server = await AlpacaServer.start({ recording, accounts: [account], startAt, speed: 0, faults: halts });
  try {
    const platform = await Platform.start(database, server, recording.symbols);
    const notice = platform.notice();
    await platform.stop();
    if (notice !== null) throw new Error(`At the beginning of the window ${window.name}: ${notice}`);
  } finally {
    await server.close();
  }
}

/** Plays a window, with what a schedule says goes wrong, and hands over the platform while all that it made is still there. */
export async function play<Result>(
  {
    database,
    window,
    schedule,
  }: { readonly database: Database; readonly window: Window; readonly schedule: Schedule | null },
  look: (platform: Platform) => Promise<Result>,
): Promise<Result> {
  const { recording, from, until, halts } = window;
  const faults = [...halts, ...(schedule?.faults ?? [])];
  const server = await AlpacaServer.start({ recording, accounts: [account], startAt: from, speed: 0, faults });
  let platform: Platform | null = null;
  try {
    platform = await Platform.start(database, server, recording.symbols);
    while (server.clock.now() < until) await step(server, platform, until, schedule);
    await sleep(LOOK_AT_CLOSE_MS);
    await platform.idle();
    return await look(platform);
  } finally {
    await platform?.stop();
    await server.close();
  }
}

async function step(server: AlpacaServer, platform: Platform, until: number, schedule: Schedule | null): Promise<void> {
  const now = server.clock.now();
  const flap = schedule?.flaps.find((span) => span.from <= now && now < span.until);
  const broken = flap !== undefined && (schedule?.random.uniform() ?? 1) < 0.5;
  if (broken) server.dropConnections();
  // A connection that breaks may be there again for the next bar, or not.
  if (broken && (schedule?.random.uniform() ?? 1) < 0.5) await platform.idle();

  const next = Math.min(now + strideAt(now), server.nextEmission() ?? Number.POSITIVE_INFINITY, until);
  await server.play(next);
  if (next - (platform.feed.bars.at(-1) ?? Number.NEGATIVE_INFINITY) > SUSPICIOUS) await sleep(LOOK_MS);
  await platform.idle({ connected: !broken });
}

function strideAt(instant: number): number {
  const session = XNYS.sessionAt(instant);
  if (session !== null) return IN_SESSION;
  return Math.min(OUTSIDE, XNYS.nextOpen(instant) - instant);
}
