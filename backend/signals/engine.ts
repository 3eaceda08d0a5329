import type { DataWindow } from '../features/data-window.ts';
import type { FeatureEngine, FeatureVector } from '../features/feature-engine.ts';
import { type Bar, toNumeric } from '../market-data/bar.ts';
import { expiryOf, firstEligibleStart } from '../outcomes/entry-window.ts';
import type { LabelSpec } from '../outcomes/label-spec.ts';
import { makePlan } from '../outcomes/plan.ts';
import type { StateChange } from '../outcomes/settlement.ts';
import { buildSignal } from './build-signal.ts';
import type { DataContents } from './data-content.ts';
import type { DecisionModel } from './decision-model.ts';
import type { EngineContext } from './engine-context.ts';
import { chooseSide, type PublicationPolicy, type SideScore, type WithheldReason } from './policy.ts';
import type { Signal } from './signal.ts';

type OpenSide = { readonly id: string; readonly side: Signal['side']; readonly triggered: boolean };

/**
 * Everything that the next step depends on besides its event. It belongs to whoever steps it: a step moves it on in place, because the
 * windows of 500 instruments are not copied for every bar, and the state of before must not be used again.
 */
export type EngineState = {
  readonly context: EngineContext;
  readonly features: FeatureEngine;
  readonly window: DataWindow;
  readonly contents: DataContents;
  /** The model for the instruments of each calendar. */
  readonly models: ReadonlyMap<string, DecisionModel>;
  /** The signal that is neither final nor superseded, at most one an instrument. */
  readonly open: Map<string, OpenSide>;
  /** The signal that the bar which is just being taken has made void, by instrument. */
  readonly voided: Map<string, string>;
};

export type EngineEvent =
  | { readonly kind: 'bar'; readonly bar: Bar }
  | { readonly kind: 'change'; readonly instrumentId: string; readonly change: StateChange };

export type Decision = { readonly signals: readonly Signal[]; readonly withheld: WithheldReason | null };

/** A bar may be known so much later than one length after its end and still be decided on: else the market has moved on. */
const LATEST_MS = 5_000;

const NOTHING: Decision = { signals: [], withheld: null };

/**
 * The only code that makes a signal. What it answers depends on the state and the event and on nothing else: no clock, no randomness, no
 * database. Live, replay and simulation call it with the same events in the same order.
 */
export function step(state: EngineState, event: EngineEvent): [EngineState, Decision] {
  if (event.kind === 'change') return [applyChange(state, event.instrumentId, event.change), NOTHING];
  const { bar } = event;
  if (bar.segment !== 'REGULAR') return [state, NOTHING];
  const vector = takeIn(state, bar);
  const decided = vector === null ? reasonWithout(state, bar) : decide(state, bar, vector);
  state.voided.delete(bar.instrumentId);
  if (typeof decided === 'string') return [state, { signals: [], withheld: decided }];
  state.open.set(bar.instrumentId, { id: decided.id, side: decided.side, triggered: false });
  return [state, { signals: [decided], withheld: null }];
}

/**
 * Feeds a bar of the regular session to the windows; null when there is nothing to decide on. Also how a state is built again from stored
 * bars. After a correction, or a bar that came late, the features are those of a day on which it had been so from the beginning.
 */
export function takeIn(
  state: Pick<EngineState, 'context' | 'features' | 'window' | 'contents'>,
  bar: Bar,
): FeatureVector | null {
  const { features, window, contents } = state;
  const { instrumentId } = bar;
  const calendar = state.context.calendarOf(instrumentId);
  const numbers = toNumeric(bar);
  const placed = window.add(instrumentId, numbers, calendar);
  if (placed === 'PASSED') return null;
  contents.add(bar, window.from(instrumentId));
  if (placed === 'NEWEST') return features.update(instrumentId, numbers, calendar);
  features.forget(instrumentId);
  let vector: FeatureVector | null = null;
  for (const own of window.bars(instrumentId)) vector = features.update(instrumentId, own, calendar);
  // A mere repeat of the newest bar is no reason to decide again.
  return bar.revision > 0 && window.newest(instrumentId) === bar.barStart ? vector : null;
}

function reasonWithout({ window }: EngineState, bar: Bar): WithheldReason {
  return window.newest(bar.instrumentId) === bar.barStart && bar.revision === 0 ? 'WARMING_UP' : 'STALE_BAR';
}

function applyChange(state: EngineState, instrumentId: string, change: StateChange): EngineState {
  const open = state.open.get(instrumentId);
  if (open?.id !== change.signalId) return state;
  if (change.type === 'TRIGGERED') state.open.set(instrumentId, { ...open, triggered: true });
  else state.open.delete(instrumentId);
  if (change.type === 'VOID_DATA') state.voided.set(instrumentId, change.signalId);
  return state;
}

function decide(state: EngineState, bar: Bar, vector: FeatureVector): Signal | WithheldReason {
  const calendar = state.context.calendarOf(bar.instrumentId);
  const model = state.models.get(calendar.id);
  if (model === undefined) return 'NO_MODEL';
  if (bar.knownTime < model.eligibleFrom) return 'INSIDE_TRAINING';
  if (bar.knownTime - bar.barEnd > LATEST_MS + bar.barEnd - bar.barStart) return 'STALE_BAR';

  const side = chooseSide(scoresOf(model, vector, state.context.policy), state.context.policy);
  if (typeof side === 'string') return side;

  // One open signal an instrument: a second one on the same side says nothing new, one against a filled position would contradict it.
  const open = state.open.get(bar.instrumentId);
  if (open !== undefined && (open.triggered || open.side === side.side)) return 'SIGNAL_OPEN';

  const publishedAt = bar.knownTime + model.labelSpec.publishLatencyMs;
  const expiresAt = expiryOf({ publishedAt, decisionBarStart: bar.barStart, calendar, spec: model.labelSpec });
  if (!canBeFilled(bar, publishedAt, expiresAt, model.labelSpec)) return 'NO_TIME_LEFT';
  const instrument = state.context.instruments.get(bar.instrumentId);
  if (instrument === undefined) throw new Error(`Bar of unknown instrument ${bar.instrumentId}`);
  const plan = makePlan({
    side: side.side,
    close: vector.close,
    atr: vector.atr,
    priceScale: Number(bar.priceScale),
    tick: instrument.tick,
    spec: model.labelSpec,
  });
  if (plan === null) return 'NO_PLAN';
  return buildSignal({
    context: state.context,
    instrument,
    model,
    bar,
    plan,
    side,
    vector,
    dataFrom: state.window.from(bar.instrumentId),
    content: state.contents.of(bar.instrumentId),
    publishedAt,
    expiresAt,
    supersedes: open?.id ?? state.voided.get(bar.instrumentId) ?? null,
  });
}

function scoresOf(model: DecisionModel, vector: FeatureVector, policy: PublicationPolicy): SideScore[] {
  return (['LONG', 'SHORT'] as const).map((side) => ({
    side,
    ...model.score(vector.values, side),
    threshold: model.threshold(side, policy.topQuantile),
    edge: model.edge(side),
  }));
}

/** Bars of a day come one a session; within a session the first bar that a client can reach has to end before the signal expires. */
function canBeFilled(bar: Bar, publishedAt: number, expiresAt: number, spec: LabelSpec): boolean {
  if (spec.entryWindow.kind === 'NEXT_SESSION') return expiresAt > publishedAt;
  const length = bar.barEnd - bar.barStart;
  const fillStart = Math.ceil(firstEligibleStart(publishedAt, spec.clientLatencyMs) / length) * length;
  return fillStart + length < expiresAt;
}
