import type { Catalogue } from '../../metrics/catalogue.ts';
import type { Metrics } from '../../metrics/registry.ts';

/** What a request is worth, the least first. Probes are none of these: whoever is asked how it does answers. */
const CLASSES = ['introspection', 'query', 'stream', 'connection'] as const satisfies readonly LoadClass[];
export type LoadClass = Catalogue['requestsShed']['labels']['class'][number];

/** How busy the process was over the last second. */
export type Measurement = {
  /** By how much the slowest hundredth of the turns of the event loop was late, ms. */
  readonly delayMs: number;
  /** Share of the time in which it did something, 0 to 1. */
  readonly utilisation: number;
};

export type LoadOptions = {
  /** The delay from which on somebody is turned away; null: nobody ever is. */
  readonly limitMs: number | null;
  readonly metrics: Pick<Metrics, 'eventLoopDelay' | 'loadLevel' | 'requestsShed'>;
  /** Spreads the return of those who were turned away; 0 to 1. */
  readonly random: () => number;
};

/** An event loop that does nothing but work has no room for a burst, even while it is still on time. */
const FULL = 0.95;
/** One that is late and yet idle for the most part was held up by one long piece of work, or by the machine: to turn others away would not help. */
const BUSY = 0.6;
const ROOMY = 0.8;
const RETRY_MS = { least: 1_000, spread: 2_000 } as const;

/**
 * Turns some requests away while the process is slower than it may be, so that the others are answered in time. Each second
 * over the limit one class more is turned away, the least first, and two where it is four times the limit; each second under half of it one
 * class less. In between things stay as they are, or it would swing.
 */
export class Load {
  readonly #options: LoadOptions;
  #level = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** Call once a second. */
  observe({ delayMs, utilisation }: Measurement): void {
    const { limitMs, metrics } = this.#options;
    metrics.eventLoopDelay.set(delayMs / 1_000);
    if (limitMs === null) return;
    if (delayMs > limitMs && utilisation > BUSY) this.#level += delayMs > 4 * limitMs ? 2 : 1;
    else if (utilisation > FULL && delayMs > limitMs / 4) this.#level += 1;
    else if (delayMs < limitMs / 2 && utilisation < ROOMY) this.#level -= 1;
    this.#level = Math.min(CLASSES.length, Math.max(0, this.#level));
    metrics.loadLevel.set(this.#level);
  }

  isShedding(wanted: LoadClass): boolean {
    return CLASSES.indexOf(wanted) < this.#level;
  }

  /** Null for a request that is answered; else it is counted as turned away, and should come back after so many ms. */
  sheds(wanted: LoadClass): number | null {
    if (!this.isShedding(wanted)) return null;
    this.#options.metrics.requestsShed.inc({ class: wanted });
    return Math.round(RETRY_MS.least + RETRY_MS.spread * this.#options.random());
  }
}
