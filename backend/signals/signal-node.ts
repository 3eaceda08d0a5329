import { UNSCALED } from '../market-data/bar.ts';
import { toOutcomeType } from '../outcomes/outcome.type.ts';
import { globalId } from '../platform/graphql/global-id.ts';
import { neverChanges } from '../platform/graphql/never-changes.ts';
import type { SignalModel } from './signal.ts';
import type { SignalEventObject, SignalNodeType } from './signal.type.ts';
import type { EventOfSignal, StoredSignal } from './signals.service.ts';

/** A stored signal as GraphQL shows it. `now` is the clock of the data. */
export function toSignalNode(stored: StoredSignal, now: number): SignalNodeType {
  const { yes, no, expiresAt } = lastingOf(stored);
  return stored.state === 'PUBLISHED' && expiresAt > now ? yes : no;
}

/** What stays as it is while the state does, while it is actionable and afterwards; ms since 1970. */
type Lasting = { readonly yes: SignalNodeType; readonly no: SignalNodeType; readonly expiresAt: number };

// A stored signal is shown again and again while it is among the newest.
const shown = new WeakMap<StoredSignal, Lasting>();

function lastingOf(stored: StoredSignal): Lasting {
  const known = shown.get(stored);
  if (known !== undefined) return known;
  const node = toLastingNode(stored);
  const [yes, no] = [true, false].map((actionable) => neverChanges({ ...node, actionable })) as Pair;
  const lasting = { yes, no, expiresAt: Date.parse(stored.signal.expiresAt) };
  shown.set(stored, lasting);
  return lasting;
}

type Pair = [SignalNodeType, SignalNodeType];

function toLastingNode({ signal, state, outcome, codeCommit }: StoredSignal): Omit<SignalNodeType, 'actionable'> {
  const { plan, supersedes, instrument, modelVersion, priceScale, ...rest } = signal;
  return {
    ...rest,
    id: globalId('Signal', signal.id),
    instrument: { ...instrument, id: globalId('Instrument', instrument.id), figi: instrument.figi ?? null },
    modelVersion: toSignalModel(modelVersion, codeCommit),
    state,
    entry: { kind: plan.entry.kind, referencePrice: plan.referencePrice },
    stop: plan.stop,
    targets: plan.targets,
    timeLimitMinutes: plan.timeLimitMinutes,
    flatAtClose: plan.flatAtClose,
    riskPerUnit: plan.riskPerUnit,
    riskReward: plan.riskReward,
    priceScale: priceScale ?? UNSCALED,
    supersedes: supersedes === undefined ? null : globalId('Signal', supersedes),
    outcome: outcome === null ? null : toOutcomeType(outcome),
  };
}

function toSignalModel(model: SignalModel, codeCommit: string | null): SignalNodeType['modelVersion'] {
  const { trainingFrom, trainingTo, calibrationFrom, calibrationTo, ...rest } = model;
  return {
    ...rest,
    id: globalId('ModelVersion', model.id),
    trainingWindow: { from: new Date(trainingFrom), to: new Date(trainingTo) },
    calibrationWindow: { from: new Date(calibrationFrom), to: new Date(calibrationTo) },
    codeCommit,
  };
}

/** An event with its signal as GraphQL shows them. */
export function toSignalEventObject(event: EventOfSignal, stored: StoredSignal, now: number): SignalEventObject {
  const { stream, epoch, seq, schemaVersion, prevHash, hash, body } = event;
  return {
    ...{ stream, epoch, seq, schemaVersion, prevHash, hash },
    get cursor() {
      return event.cursor;
    },
    type: body.type,
    occurredAt: body.occurredAt,
    reason: body.change?.reason ?? null,
    fill: body.change?.fill?.price ?? null,
    splitFactor: body.change?.fill?.splitFactor ?? null,
    signal: toSignalNode(stored, now),
    outcome: body.change?.outcome === undefined ? null : toOutcomeType(body.change.outcome),
  };
}

/** Joins events with their signals; every event's signal is stored in the transaction of its first event. */
export function withSignals(
  events: readonly EventOfSignal[],
  signals: ReadonlyMap<string, StoredSignal>,
  now: number,
): SignalEventObject[] {
  return events.map((event) => {
    const stored = signals.get(event.body.facts.signalId);
    if (stored === undefined)
      throw new Error(`Event ${event.seq} is about signal ${event.body.facts.signalId}, which is not stored`);
    return toSignalEventObject(event, stored, now);
  });
}
