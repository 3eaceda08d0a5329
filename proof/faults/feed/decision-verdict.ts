import { calendarById } from '../../../backend/calendar/index.ts';
import { claimOf, keyOf } from './clean-day.ts';
import type { Day } from './judged-day.ts';
import type { Remains, StoredRevision, StoredSignal } from './remains.ts';
import { at, few, iso } from './shown.ts';

const XNYS = calendarById('XNYS');
/** What the engine still decides on: one bar, and what a feed may take. ms */
const LATEST = 65_000;
const BAR = 60_000;
/** A bar is told so long after its end. ms */
const DELAY = 1_000;
/** Nothing is published that could no longer be filled. ms */
const NEAR_CLOSE = 5 * BAR;
/** Final states that rest on prices, and cannot be taken back when they are corrected later. */
const OVER = new Set(['TARGET_HIT', 'STOP_HIT', 'TIME_EXIT', 'SESSION_CLOSE', 'EXPIRED_UNTRIGGERED', 'SUPERSEDED']);

/** Every decision is that of the clean day, or there is a reason for it in when its bar was known. */
export function decisionFaults({ window, clean, remains }: Day): string[] {
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
export function windowFaults({ remains }: Day): string[] {
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
