import type { LoggedEvent, NewEvent } from '../log/event.ts';
import type { Timeframe } from '../market-data/bar.ts';
import type { Side } from '../outcomes/plan.ts';
import type { StateChange } from '../outcomes/settlement.ts';
import { canonicalJson } from '../platform/canonical-json.ts';
import { SIGNAL_SCHEMA_VERSION, type Signal, type SignalState } from './signal.ts';

/** An event is named after the state that it brings a signal into. */
export type SignalEventType = SignalState;

/** What filters look at; part of every event, so that a filter needs no second look-up. */
export type SignalFacts = {
  readonly signalId: string;
  readonly instrumentId: string;
  readonly mic: string;
  readonly side: Side;
  readonly modelVersionId: string;
  readonly timeframe: Timeframe;
  readonly confidence: string;
  readonly expiresAt: string;
};

/** The content of one event about a signal. PUBLISHED carries the signal whole, each later one what changed. */
export type SignalEventBody = {
  readonly type: SignalEventType;
  readonly facts: SignalFacts;
  readonly occurredAt: string;
  readonly signal?: Signal;
  readonly change?: Omit<StateChange, 'signalId' | 'type' | 'occurredAt'>;
};

export function factsOf(signal: Signal): SignalFacts {
  return {
    signalId: signal.id,
    instrumentId: signal.instrument.id,
    mic: signal.instrument.mic,
    side: signal.side,
    modelVersionId: signal.modelVersion.id,
    timeframe: signal.timeframe,
    confidence: signal.confidence,
    expiresAt: signal.expiresAt,
  };
}

export function publishedEvent(signal: Signal): NewEvent {
  const body: SignalEventBody = { type: 'PUBLISHED', facts: factsOf(signal), occurredAt: signal.publishedAt, signal };
  return toNewEvent(body);
}

export function changeEvent(facts: SignalFacts, change: StateChange): NewEvent {
  const { signalId: _signalId, type, occurredAt, ...rest } = change;
  const body: SignalEventBody = { type, facts, occurredAt: new Date(occurredAt).toISOString(), change: rest };
  return toNewEvent(body);
}

function toNewEvent(body: SignalEventBody): NewEvent {
  return {
    kind: body.type,
    schemaVersion: SIGNAL_SCHEMA_VERSION,
    occurredAt: Date.parse(body.occurredAt),
    body: canonicalJson(body),
  };
}

/** Reads a logged event back. Every schema version that was ever written stays readable here. */
export function parseSignalEvent(event: Pick<LoggedEvent, 'schemaVersion' | 'body' | 'seq'>): SignalEventBody {
  if (event.schemaVersion !== SIGNAL_SCHEMA_VERSION) {
    throw new Error(
      `Event ${event.seq} has schema version ${event.schemaVersion}, this program reads ${SIGNAL_SCHEMA_VERSION}`,
    );
  }
  return JSON.parse(event.body) as SignalEventBody;
}
