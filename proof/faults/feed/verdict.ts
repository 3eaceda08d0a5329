import { calendarById } from '../../../backend/calendar/index.ts';
import { type CleanDay, claimOf, keyOf } from './clean-day.ts';
import type { Remains, StoredRevision, StoredSignal } from './remains.ts';
import type { Schedule } from './schedule.ts';
import type { Window } from './windows.ts';

export type Day = {
  readonly window: Window;
  readonly schedule: Schedule;
  readonly clean: CleanDay;
  /** What the same window left without faults. */
  readonly reference: Remains;
  readonly remains: Remains;
};

const XNYS = calendarById('XNYS');
/** What the engine still decides on: one bar, and what a feed may take. ms */
const LATEST = 65_000;
/** Two bars, and what a bar may be late. ms */
const SILENCE = 125_000;
const LOOK_AFTER = 120_000;
const BAR = 60_000;
/** A bar is told so long after its end. ms */
const DELAY = 1_000;
/** Nothing is published that could no longer be filled. ms */
const NEAR_CLOSE = 5 * BAR;
/** Final states that rest on prices, and cannot be taken back when they are corrected later. */
const OVER = new Set(['TARGET_HIT', 'STOP_HIT', 'TIME_EXIT', 'SESSION_CLOSE', 'EXPIRED_UNTRIGGERED', 'SUPERSEDED']);

/** What is wrong with a day; nothing when it holds. */
export function faultsOf(day: Day): string[] {
  return [
    ...barFaults(day),
    ...rollupFaults(day),
    ...decisionFaults(day),
    ...windowFaults(day),
    ...stallFaults(day),
    ...logFaults(day),
  ];
}

/** Outside of sessions a lost bar is found when the hours after the session are over. */
function barFaults({ window, clean, remains }: Day): string[] {
  const lookedAt = XNYS.lastEnd(window.until - LOOK_AFTER);
  const final = new Map(remains.bars.map((bar) => [keyOf(bar.instrumentId, bar.barStart), bar]));
  const wrong = [...final].filter(
    ([key, { values }]) => clean.bars.get(key) !== values.split(' ').map(Number).join(' '),
  );
  const missing = [...clean.bars.keys()].filter((key) => !final.has(key) && mustBeThere(key, lookedAt));
  return [
    ...few(
      'a bar has other values than were traded',
      wrong.map(([key, { values }]) => `${at(key)}: ${values}, traded ${clean.bars.get(key)}`),
    ),
    ...few('a bar is missing', missing.map(at)),
  ];
}

function mustBeThere(key: string, lookedAt: number): boolean {
  const start = Number(key.split(' ')[1]);
  return start < lookedAt || XNYS.segmentAt(start) === 'REGULAR';
}

function rollupFaults({ reference, remains }: Day): string[] {
  const expected = new Set(reference.rollups);
  const found = new Set(remains.rollups);
  return [
    ...few(
      'a longer bar is not that of the clean day',
      remains.rollups.filter((text) => !expected.has(text)),
    ),
    ...few(
      'a longer bar is missing',
      reference.rollups.filter((text) => !found.has(text)),
    ),
  ];
}

/** Every decision is that of the clean day, or there is a reason for it in when its bar was known. */
function decisionFaults({ window, clean, remains }: Day): string[] {
  const signals = new Map(remains.signals.map((entry) => [entry.signal.id, entry]));
  const newest = new Map(remains.bars.map((bar) => [keyOf(bar.instrumentId, bar.barStart), bar.revision]));
  const decided = remains.bars.filter(
    ({ segment, ingestSeq }) => segment === 'REGULAR' && remains.decisions.has(ingestSeq),
  );
  const keys = new Set(decided.map((bar) => keyOf(bar.instrumentId, bar.barStart)));
  const undecided = [...clean.truths.keys()].filter((key) => {
    const start = Number(key.split(' ')[1]);
    return start >= window.from && start + BAR + DELAY <= window.until && !keys.has(key);
  });
  const wrong = few(
    'a decision is not that of the clean day',
    decided.flatMap((bar) => {
      const key = keyOf(bar.instrumentId, bar.barStart);
      const truth = clean.truths.get(key);
      const decision = remains.decisions.get(bar.ingestSeq);
      if (truth === undefined || decision === undefined) return `${at(key)}: nothing was traded`;
      const entry = decision.signalId === null ? null : (signals.get(decision.signalId) ?? null);
      if (entry !== null) return claimFault(remains, bar, entry, truth.claim) ?? [];
      // Of a bar that was corrected later the last word counts.
      if (newest.get(key) !== bar.revision || restedOnWrong(remains, bar)) return [];
      const fault = silenceFault(remains, bar, decision.withheld ?? '', truth);
      return fault === null ? [] : `${at(key)}: ${fault}`;
    }),
  );
  return [
    ...wrong,
    ...few('a bar was not decided on', undecided.map(at)),
    ...few('a signal ended without a reason', endFaults(remains)),
  ];
}

/** What is void was changed under the signal at that moment, and what supersedes another takes the place of one that ended for it. */
function endFaults({ bars, signals }: Remains): string[] {
  const states = new Map(signals.map(({ signal, state }) => [signal.id, state]));
  return signals.flatMap(({ signal, state, stateSince, decisionIngestSeq }) => {
    const from = Date.parse(signal.provenance[0]?.firstBarStart ?? '');
    const isChanged = bars.some(
      (bar) =>
        bar.instrumentId === signal.instrument.id &&
        bar.ingestSeq > decisionIngestSeq &&
        bar.barStart >= from &&
        bar.knownTime === stateSince,
    );
    const replaced = signal.supersedes === undefined ? 'SUPERSEDED' : states.get(signal.supersedes);
    return [
      ...(state === 'VOID_DATA' && !isChanged
        ? [`${signal.id} is void, and nothing changed at ${iso(stateSince)}`]
        : []),
      ...(replaced === 'SUPERSEDED' || replaced === 'VOID_DATA'
        ? []
        : [`${signal.id} supersedes one that is ${replaced}`]),
    ];
  });
}

function claimFault(
  remains: Remains,
  bar: StoredRevision,
  { signal, state, stateSince, decisionIngestSeq }: StoredSignal,
  claim: string | null,
): string | null {
  if (state === 'VOID_DATA' || claimOf(signal) === claim) return null;
  // It was over before the correction came.
  const from = Date.parse(signal.provenance[0]?.firstBarStart ?? '');
  const corrections = remains.bars.filter(
    (other) =>
      other.instrumentId === bar.instrumentId &&
      other.ingestSeq > decisionIngestSeq &&
      other.barStart >= from &&
      other.barStart <= bar.barStart,
  );
  const wasOver =
    OVER.has(state) && corrections.length > 0 && corrections.every(({ knownTime }) => knownTime >= stateSince);
  return wasOver
    ? null
    : `${at(keyOf(bar.instrumentId, bar.barStart))}: ${state} says ${claimOf(signal).slice(0, 300)}, expected ${String(claim).slice(0, 300)}`;
}

function silenceFault(
  remains: Remains,
  bar: StoredRevision,
  withheld: string,
  truth: { claim: string | null; reason: string | null },
): string | null {
  const late = bar.knownTime - bar.barEnd;
  if (withheld === 'INSIDE_TRAINING') return null;
  if (withheld === 'STALE_BAR')
    return late > LATEST || !isNewest(remains, bar) ? null : `withheld as stale, known ${late} ms after its end`;
  if (withheld === 'SIGNAL_OPEN' && !hasOpenSignal(remains, bar)) return 'SIGNAL_OPEN, and none was';
  if (withheld === 'NO_TIME_LEFT' && !isNearClose(bar)) return 'NO_TIME_LEFT, long before the close';
  if (withheld === 'SIGNAL_OPEN' || withheld === 'NO_TIME_LEFT')
    return truth.reason === null ? null : `${withheld}, expected ${truth.reason}`;
  return withheld === truth.reason ? null : `${withheld}, expected ${truth.reason ?? 'a signal'}`;
}

/** Whether no later bar of the instrument was there when it came. */
function isNewest({ bars }: Remains, { instrumentId, barStart, ingestSeq, segment }: StoredRevision): boolean {
  return !bars.some(
    (other) =>
      other.instrumentId === instrumentId &&
      other.segment === segment &&
      other.barStart > barStart &&
      other.ingestSeq < ingestSeq,
  );
}

function hasOpenSignal({ signals }: Remains, { instrumentId, ingestSeq, knownTime }: StoredRevision): boolean {
  return signals.some(
    ({ signal, state, stateSince, decisionIngestSeq }) =>
      signal.instrument.id === instrumentId &&
      decisionIngestSeq < ingestSeq &&
      (state === 'PUBLISHED' || state === 'TRIGGERED' || stateSince >= knownTime),
  );
}

function isNearClose({ barStart, knownTime }: StoredRevision): boolean {
  const close = XNYS.sessionAt(barStart)?.close ?? 0;
  return close - knownTime < NEAR_CLOSE;
}

/** Whether something in the last sessions before it was corrected after it was decided. */
function restedOnWrong({ bars }: Remains, { instrumentId, barStart, ingestSeq }: StoredRevision): boolean {
  return bars.some(
    (other) =>
      other.instrumentId === instrumentId &&
      other.revision > 0 &&
      other.ingestSeq > ingestSeq &&
      other.barStart <= barStart,
  );
}

/** Nothing was published while a bar of its window was still to come. */
function windowFaults({ remains }: Day): string[] {
  return few(
    'a signal was published on a window that was not whole',
    remains.signals.flatMap(({ signal, decisionIngestSeq }) => {
      const { firstBarStart = '', lastBarStart = '' } = signal.provenance[0] ?? {};
      const [from, until] = [Date.parse(firstBarStart), Date.parse(lastBarStart)];
      const later = remains.bars.filter(
        (bar) =>
          bar.instrumentId === signal.instrument.id &&
          bar.segment === 'REGULAR' &&
          bar.revision === 0 &&
          bar.ingestSeq > decisionIngestSeq &&
          bar.barStart >= from &&
          bar.barStart <= until,
      );
      return later.map((bar) => `${signal.id}: ${at(keyOf(bar.instrumentId, bar.barStart))} came after it`);
    }),
  );
}

/** Each silence of more than two bars in session is told once, by event, metric, log and health; and nothing else is. */
function stallFaults({ window, remains }: Day): string[] {
  const told = remains.told.filter((event) => event.kind === 'STALLED');
  const expected = silences(window, remains);
  const faults: string[] = [];
  for (const [from, until] of expected) {
    const own = told.filter(({ at: when }) => when > from + SILENCE && when <= until);
    if (own.length !== 1) faults.push(`silence from ${iso(from)} to ${iso(until)} was told ${own.length} times`);
  }
  for (const { at: when } of told)
    if (!expected.some(([from, until]) => when > from + SILENCE && when <= until))
      faults.push(`a stall was told at ${iso(when)}, and there was none`);
  if (remains.stallsCounted !== told.length)
    faults.push(`${remains.stallsCounted} stalls were counted, ${told.length} told`);
  if (remains.stallsLogged !== told.length)
    faults.push(`${remains.stallsLogged} stalls were logged, ${told.length} told`);
  for (const { health, gauge } of remains.stalls)
    if (health !== 'degraded' || !(gauge > 0)) faults.push(`in a stall health is ${health} and the gauge ${gauge}`);
  return few('a stall', faults);
}

type Halt = { readonly from: number; readonly until: number };

/** Stretches of a session in which no bar was heard for longer than the limit, though the market traded. */
function silences({ from, until, halts }: Window, { heardBars: heard, told }: Remains): [number, number][] {
  const all = halts.flatMap((halt) => haltAsHeard(halt, heard, told));
  const isHalted = (instant: number): boolean => all.some((halt) => halt.from <= instant && instant < halt.until);
  return XNYS.sessions(from - 86_400_000, until).flatMap((session) => {
    const [begin, end] = [Math.max(session.open, from), Math.min(session.close, until)];
    const inside = heard.filter((instant) => instant > begin && instant < end);
    const marks = [begin, ...inside, ...all.map((halt) => halt.until), end].sort((a, b) => a - b);
    return marks.flatMap((mark, index): [number, number][] => {
      const next = marks[index + 1] ?? mark;
      const quietEnd = all.find((halt) => halt.from >= mark && halt.from < next)?.from ?? next;
      return quietEnd - mark > SILENCE && !isHalted(mark) && mark < end ? [[mark, quietEnd]] : [];
    });
  });
}

/** A halt of the whole market as far as its beginning and its end were heard: nobody can know what a mute socket did not say. */
function haltAsHeard(halt: Window['halts'][number], heard: readonly number[], told: Remains['told']): Halt[] {
  if (halt.kind !== 'halt' || halt.symbol !== '*') return [];
  const isTold = (kind: 'HALTED' | 'RESUMED', time: number): boolean =>
    told.some((event) => event.kind === kind && event.time === time);
  if (!isTold('HALTED', halt.from)) return [];
  if (isTold('RESUMED', halt.until)) return [halt];
  return [{ from: halt.from, until: heard.find((instant) => instant > halt.until) ?? Number.POSITIVE_INFINITY }];
}

/** Where nothing came late, not one byte of the log differs. */
function logFaults({ schedule, reference, remains }: Day): string[] {
  if (schedule.kind !== 'harmless') return [];
  const index = remains.log.findIndex((line, place) => line !== reference.log[place]);
  if (index < 0 && remains.log.length === reference.log.length) return [];
  return [`the log differs from that of the clean day at event ${index + 1}: ${remains.log[index]?.slice(0, 200)}`];
}

function few(what: string, cases: readonly string[]): string[] {
  if (cases.length === 0) return [];
  return [`${what} (${cases.length} times): ${cases.slice(0, 3).join('; ')}`];
}

function at(key: string): string {
  const [id = '', start = ''] = key.split(' ');
  return `${id} ${iso(Number(start))}`;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
