import { Recent } from '../platform/recent.ts';
import type { StoredSignal } from './stored-signal.ts';

/** Of one signal with all that is shown of it, in memory; some (measured). */
const SIGNAL_BYTES = 8_000;

/**
 * Signals that were read, those used last. A signal never changes, and its state and outcome are written together: while the state that is
 * stored is the one that is known, all of it is.
 */
export class KnownSignals {
  readonly #signals: Recent<StoredSignal>;

  /** `most`: signals. */
  constructor(most: number) {
    this.#signals = new Recent(most * SIGNAL_BYTES);
  }

  get(id: string): StoredSignal | undefined {
    return this.#signals.get(id);
  }

  set(id: string, stored: StoredSignal): void {
    this.#signals.set(id, stored, SIGNAL_BYTES);
  }
}
