import { setImmediate } from 'node:timers/promises';
import { calendarById, type Session, type TradingCalendar } from '../../calendar/index.ts';
import { InvalidInput, quote, UserError } from '../../platform/errors.ts';
import type { Instrument } from '../instrument.ts';
import { simulatedInstruments } from '../instruments/bundled.ts';
import { checkSpeed, Pacer, type Speed, systemTimer, type Timer } from '../pacing.ts';
import type { MarketDataSource, SourceDescription } from '../source.ts';
import { inventedFeed } from './feed.ts';

export type SimulatedOptions = {
  /** A whole number from 0 to 2^32 - 1. Equal seeds give equal bars. */
  readonly seed: number;
  /** Times real time, for what comes after the history. Default 60: a minute bar a second. */
  readonly speed?: Speed;
  /** All of one calendar. Default: the eight bundled ones. A bar does not depend on which others there are. */
  readonly instruments?: readonly Instrument[];
  /** Whole sessions of history before the live one. Default 23: enough to train with the full embargo. */
  readonly historySessions?: number;
  /** Date of the first session, YYYY-MM-DD; every price depends on it. */
  readonly startSession?: string;
  readonly timer?: Timer;
};

/**
 * With 23 sessions of history the live day is Thursday 2026-11-19: a demonstration meets a weekend, a holiday and, at the end of the next
 * week, a half day; the change of the clocks lies in the history.
 */
const START_SESSION = '2026-10-19';
const HISTORY_SESSIONS = 23;
const SPEED = 60;
/** How far into its live session the feed slows down: what comes before is no history any more, but there is something to see at once. ms */
const LIVE_AFTER_OPEN = 60 * 60_000;

/**
 * An invented feed of 1-minute bars of the regular session that never ends, on its own clock: whatever the wall clock says, it
 * begins in the middle of a session. Always SYNTHETIC. When the calendar's data ends, `batches` throws a UserError that says so.
 */
export function simulatedSource(options: SimulatedOptions): MarketDataSource {
  const { instruments = simulatedInstruments, historySessions = HISTORY_SESSIONS, timer = systemTimer } = options;
  const { startSession = START_SESSION } = options;
  const seed = checkSeed(options.seed);
  const speed = checkSpeed(options.speed ?? SPEED);
  const calendar = calendarOf(instruments);
  const sessions = sessionsFrom(calendar, startSession);
  const historyEnd = liveSession(sessions, historySessions).open;
  const liveFrom = historyEnd + LIVE_AFTER_OPEN;

  return {
    async describe() {
      return description({ seed, startSession, instruments, historyEnd });
    },
    async *batches({ signal, resumeAfter = Number.NEGATIVE_INFINITY }) {
      const pacer = new Pacer({ speed, timer, signal });
      const feed = inventedFeed({ seed, instruments });
      for (const session of sessions) {
        // Inventing a session takes a moment: between two, everybody else has a turn.
        await setImmediate();
        signal.throwIfAborted();
        for (const batch of feed(session, resumeAfter)) {
          const live = batch.bars.some(({ barEnd }) => barEnd > liveFrom);
          if (live) await pacer.wait(batch.knownTime, session.sessionDate);
          signal.throwIfAborted();
          yield batch;
        }
      }
      throw calendarEnds(calendar);
    },
  };
}

function description(feed: {
  readonly seed: number;
  readonly startSession: string;
  readonly instruments: readonly Instrument[];
  readonly historyEnd: number;
}): SourceDescription {
  // Another beginning gives other prices at the same time: that is another feed.
  const beginning = feed.startSession === START_SESSION ? '' : `-${feed.startSession}`;
  return {
    sourceId: `simulated-${feed.seed}${beginning}`,
    feed: 'SIMULATED',
    provenance: 'SYNTHETIC',
    licence: 'invented data; nobody has rights in it',
    timeframe: '1m',
    instruments: feed.instruments,
    totalRows: null,
    historyEnd: feed.historyEnd,
  };
}

function checkSeed(seed: number): number {
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return seed;
  throw new InvalidInput('seed', seed, `a whole number from 0 to ${2 ** 32 - 1}`);
}

function calendarOf(instruments: readonly Instrument[]): TradingCalendar {
  const [id, ...others] = new Set(instruments.map(({ calendar }) => calendar));
  if (id !== undefined && others.length === 0) return calendarById(id);
  throw new InvalidInput(
    '--instruments',
    instruments.map(({ symbol }) => symbol).join(','),
    'at least one, and all of one calendar',
  );
}

function sessionsFrom(calendar: TradingCalendar, startSession: string): Session[] {
  const first = sessionOn(calendar, startSession);
  if (first !== null) return calendar.sessions(first.open, calendar.validUntil);
  throw new InvalidInput('startSession', startSession, `a date (YYYY-MM-DD) with a session of calendar ${calendar.id}`);
}

function sessionOn(calendar: TradingCalendar, date: string): Session | null {
  try {
    return calendar.sessionOn(date);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function liveSession(sessions: readonly Session[], historySessions: number): Session {
  const live = Number.isInteger(historySessions) && historySessions >= 1 ? sessions[historySessions] : undefined;
  if (live !== undefined) return live;
  const most = sessions.length - 1;
  throw new InvalidInput(
    'historySessions',
    historySessions,
    `a whole number from 1 to ${most}, the sessions that the calendar has`,
  );
}

function calendarEnds(calendar: TradingCalendar): UserError {
  const end = new Date(calendar.validUntil).toISOString();
  return new UserError(
    'CALENDAR_ENDS',
    `the simulated feed has come to the end of calendar ${calendar.id}, ${quote(end)}, expected an earlier beginning`,
  );
}
