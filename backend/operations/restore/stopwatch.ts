/** How long each part of a drill takes. */
export class Stopwatch<Phase extends string> {
  phase: Phase;
  readonly #began = performance.now();
  readonly #phases: Partial<Record<Phase, number>> = {};
  readonly #onPhase: (phase: Phase) => void;
  #since = performance.now();

  constructor(first: Phase, onPhase: (phase: Phase) => void = () => undefined) {
    this.phase = first;
    this.#onPhase = onPhase;
  }

  begin(phase: Phase): void {
    this.end();
    this.phase = phase;
    this.#since = performance.now();
    this.#onPhase(phase);
  }

  /** Since all of it began. */
  seconds(): number {
    return (performance.now() - this.#began) / 1_000;
  }

  /** Seconds of each part, that of now among them. */
  end(): Partial<Record<Phase, number>> {
    this.#phases[this.phase] = (performance.now() - this.#since) / 1_000;
    return this.#phases;
  }
}
