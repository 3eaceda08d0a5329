import { calendarById, type Session } from '../../../backend/calendar/index.ts';
import { UserError } from '../../../backend/platform/errors.ts';
import type { Fault } from '../../alpaca/server/faults.ts';
import { type RecordedBar, type Recording, recordingOf } from '../../recorded/recording.ts';

/** A stretch of a market that is played: what came before is history, and the truth may hold halts. Instants in ms. */
export type Window = {
  readonly name: string;
  readonly recording: Recording;
  readonly from: number;
  readonly until: number;
  readonly halts: readonly Fault[];
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Until after the end of the trading after hours. */
const EVENING = 4 * HOUR + 10 * MINUTE;
const XNYS = calendarById('XNYS');
/** The Friday after Thanksgiving closes at 13:00. */
const HALF_DAY = Date.parse('2013-11-29T17:00:00Z');
const SESSIONS = 6;

/**
 * The stretches of a recording in which feeds are known to go wrong: an open, a close and the evening after it, a night, a half day and halts.
 * The bars of the half day are the recorded ones, moved so that the last recorded session falls on it.
 */
export function windowsOf(recording: Recording): Window[] {
  const sessions = sessionsOf(recording);
  const [last, before] = [sessions.at(-1), sessions.at(-2)] as [Session, Session];
  const half = moved(recording, sessions);
  const { close } = halfDay();
  const halted = before.open + 45 * MINUTE;
  const single: Fault = { kind: 'halt', symbol: recording.symbols[0] ?? '', from: halted, until: halted + 10 * MINUTE };
  const all: Fault = { kind: 'halt', symbol: '*', from: halted + 25 * MINUTE, until: halted + 33 * MINUTE };
  const own = { recording, halts: [] };
  return [
    { name: 'open', ...own, from: before.open - 2 * MINUTE, until: before.open + 100 * MINUTE },
    { name: 'close', ...own, from: before.close - 80 * MINUTE, until: before.close + EVENING },
    { name: 'night', ...own, from: before.close - 40 * MINUTE, until: last.open + 50 * MINUTE },
    {
      name: 'half day',
      recording: half,
      halts: [],
      from: close - 80 * MINUTE,
      until: close + HOUR,
    },
    {
      name: 'halts',
      recording,
      halts: [single, all],
      from: before.open + 5 * MINUTE,
      until: before.open + 105 * MINUTE,
    },
  ];
}

function sessionsOf({ bars }: Recording): readonly Session[] {
  const [first, last] = [bars[0]?.start ?? 0, bars.at(-1)?.start ?? 0];
  const sessions = XNYS.sessions(first, last + 1);
  if (sessions.length >= SESSIONS) return sessions.slice(-SESSIONS);
  throw new UserError('BAD_BARS_FILE', `--bars has ${sessions.length} sessions, expected ${SESSIONS} of minute bars`);
}

function halfDay(): Session {
  const session = XNYS.sessionAt(HALF_DAY);
  if (session?.halfDay !== true) throw new Error('The calendar knows no half day after Thanksgiving of 2013');
  return session;
}

/** The same bars at the same times of day, so many sessions later that the last one is the half day; none after its close. */
function moved({ bars }: Recording, sessions: readonly Session[]): Recording {
  let target = halfDay();
  const shifts = new Map<string, { readonly by: number; readonly close: number }>();
  for (const session of sessions.toReversed()) {
    shifts.set(session.sessionDate, { by: target.open - session.open, close: target.close });
    if (session !== sessions[0]) target = XNYS.previousSession(target.open);
  }
  // History begins with a session, not with the hours before it.
  const first = target.open;
  return recordingOf(
    bars.flatMap((bar): RecordedBar[] => {
      const shift = shifts.get(XNYS.sessionDateOf(bar.start) ?? '');
      if (shift === undefined) return [];
      const start = bar.start + shift.by;
      const isOutside = start >= halfDay().close || start < first;
      return isOutside ? [] : [{ ...bar, start }];
    }),
  );
}
