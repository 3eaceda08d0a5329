import type { StoredSignal } from './stored-signal.ts';

/**
 * Signals that were read, those used last. A signal never changes, and its state and outcome are written together: while the state that is
 * stored is the one that is known, all of it is.
 */
export class KnownSignals {
  readonly #signals = new Map<string, StoredSignal>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get(id: string): StoredSignal | undefined {
    return this.#signals.get(id);
  }

  set(id: string, stored: StoredSignal): void {
    this.#signals.delete(id);
    this.#signals.set(id, stored);
    if (this.#signals.size <= this.#most) return;
    const [oldest] = this.#signals.keys();
    if (oldest !== undefined) this.#signals.delete(oldest);
  }
}
