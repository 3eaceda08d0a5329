import type { Logger } from './telemetry/logger.ts';

type Step = { readonly name: string; readonly stop: () => void | Promise<void>; readonly timeoutMs: number };

/**
 * What has to be undone when the process ends: steps run once, the newest first, each within its time, and one that fails does not keep
 * the others from running.
 */
export class Lifecycle {
  readonly #steps: Step[] = [];
  readonly #log: Logger;
  readonly #stepTimeoutMs: number;
  #stopping: Promise<void> | null = null;

  constructor(log: Logger, stepTimeoutMs: number) {
    this.#log = log;
    this.#stepTimeoutMs = stepTimeoutMs;
  }

  /** Remembers how to undo what was just done, and how long that may take where it is longer than for other steps. */
  onStop(name: string, stop: Step['stop'], timeoutMs: number = this.#stepTimeoutMs): void {
    this.#steps.push({ name, stop, timeoutMs });
  }

  /** Undoes everything; a second call waits for the first. */
  stop(): Promise<void> {
    this.#stopping ??= this.#run();
    return this.#stopping;
  }

  async #run(): Promise<void> {
    for (const step of this.#steps.reverse()) {
      try {
        await withinTime(step);
      } catch (error) {
        this.#log.error('could not stop a part', { part: step.name, error });
      }
    }
  }
}

async function withinTime(step: Step): Promise<void> {
  const { timeoutMs } = step;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${step.name} did not stop within ${timeoutMs} ms`)), timeoutMs);
  try {
    await Promise.race([step.stop(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
