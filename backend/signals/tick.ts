import type { NewEvent } from '../log/event.ts';
import { type Bar, UNSCALED } from '../market-data/bar.ts';
import type { OpenSignal, Settlement, StateChange } from '../outcomes/settlement.ts';
import { type EngineState, step } from './engine.ts';
import type { WithheldReason } from './policy.ts';
import type { Signal } from './signal.ts';
import { changeEvent, factsOf, publishedEvent, type SignalFacts } from './signal-event.ts';

/** What one bar brought about, in the order of the log: first what became of earlier signals, then the new ones. */
export type TickResult = {
  /** Place of the bar in the input log. */
  readonly ingestSeq: number;
  /** Calendar of the bar's instrument. */
  readonly market: string;
  readonly events: readonly NewEvent[];
  readonly changes: readonly StateChange[];
  readonly published: readonly Signal[];
  readonly withheld: WithheldReason | null;
};

export type Cancellation = {
  /** Counted from 1 within its shard. */
  readonly number: number;
  readonly signalId: string;
  /** ms since 1970. */
  readonly at: number;
  readonly reason: string;
};

export type TickState = {
  engine: EngineState;
  readonly settlement: Settlement;
  /** Facts of every signal that is not final, by id. */
  readonly facts: Map<string, SignalFacts>;
};

/**
 * One bar through settlement and engine. The order of everything in the log follows from the order of the bars alone, however they were
 * cut into transactions.
 */
export function tick(state: TickState, bar: Bar): TickResult {
  const changes: StateChange[] = [...state.settlement.onBar(bar)];
  for (const change of changes) tellEngine(state, change);

  const [engine, decision] = step(state.engine, { kind: 'bar', bar });
  state.engine = engine;
  for (const signal of decision.signals) changes.push(...open(state, signal, bar.knownTime));

  const events = changes.map((change) => changeEvent(factsFor(state, change), change));
  for (const signal of decision.signals) events.push(publishedEvent(signal));
  for (const change of changes) if (change.type !== 'TRIGGERED') state.facts.delete(change.signalId);
  const { id: market } = state.engine.context.calendarOf(bar.instrumentId);
  return {
    ingestSeq: bar.ingestSeq,
    market,
    events,
    changes,
    published: decision.signals,
    withheld: decision.withheld,
  };
}

/** Somebody has taken back a signal, after the last bar and before the next one. Its event is in the log already. */
export function takeBack(state: TickState, { signalId, at, reason }: Cancellation): void {
  const change = state.settlement.cancel(signalId, at, reason);
  if (change === null) return;
  tellEngine(state, change);
  state.facts.delete(signalId);
}

/** Takes up a new signal; answers the end of the one that it supersedes. */
function open(state: TickState, signal: Signal, at: number): StateChange[] {
  const ended = signal.supersedes === undefined ? null : state.settlement.supersede(signal.supersedes, signal.id, at);
  state.settlement.open(toOpenSignal(state, signal));
  state.facts.set(signal.id, factsOf(signal));
  return ended === null ? [] : [ended];
}

/** The part of a signal that settlement needs. */
export function toOpenSignal(state: Pick<TickState, 'engine'>, signal: Signal): OpenSignal {
  const { instruments, calendarOf } = state.engine.context;
  const instrument = instruments.get(signal.instrument.id);
  if (instrument === undefined)
    throw new Error(`Signal ${signal.id} is about unknown instrument ${signal.instrument.id}`);
  return {
    id: signal.id,
    instrumentId: instrument.id,
    calendar: calendarOf(instrument.id),
    tick: instrument.tick,
    timeframe: signal.timeframe,
    plan: signal.plan,
    priceScale: signal.priceScale ?? UNSCALED,
    publishedAt: Date.parse(signal.publishedAt),
    decisionBarStart: Date.parse(signal.decisionBarStart),
    dataFrom: Date.parse(signal.provenance[0]?.firstBarStart ?? signal.decisionBarStart),
    expiresAt: Date.parse(signal.expiresAt),
  };
}

function tellEngine(state: TickState, change: StateChange): void {
  const { instrumentId } = factsFor(state, change);
  [state.engine] = step(state.engine, { kind: 'change', instrumentId, change });
}

function factsFor(state: TickState, change: StateChange): SignalFacts {
  const facts = state.facts.get(change.signalId);
  if (facts === undefined) throw new Error(`Settlement changed signal ${change.signalId}, which is not open`);
  return facts;
}
