import type { Outcome } from '../outcomes/outcome.ts';
import type { Signal, SignalState } from './signal.ts';

/** A signal as it stands. */
export type StoredSignal = {
  readonly signal: Signal;
  readonly state: SignalState;
  readonly outcome: Outcome | null;
  /** Of the row of its model version: which build trained a model is no part of what the model says, so it is in no event. */
  readonly codeCommit: string | null;
};
