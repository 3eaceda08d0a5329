import { follow } from '../../client/index.ts';
import type { Cursor, StreamProblem } from '../../client/types.ts';

export type Heard = { readonly epoch: string; readonly seq: number; readonly kind: string; readonly signal: string };

/** A program that follows the signals, keeps its cursor, and goes on after the last common place when a restore lost what it had heard. */
export class Reader implements AsyncDisposable {
  readonly heard: Heard[] = [];
  readonly problems: StreamProblem[] = [];
  failure: unknown = null;
  readonly #end = new AbortController();
  readonly #running: Promise<void>;

  constructor(url: string, after?: Cursor) {
    this.#running = this.#follow(url, after).catch((error: unknown) => {
      this.failure = error;
    });
  }

  /** The newest event that it has heard. */
  get newest(): number {
    return this.heard.at(-1)?.seq ?? 0;
  }

  async #follow(url: string, after: Cursor | undefined): Promise<void> {
    const from = after === undefined ? ({ from: 'BEGINNING' } as const) : { after };
    const deliveries = follow({
      ...{ url, ...from, signal: this.#end.signal, retry: { maxMs: 500 } },
      onProblem: (problem) => {
        this.problems.push(problem);
        return problem.code === 'EPOCH_CHANGED' ? problem.lastCommonCursor : null;
      },
    });
    for await (const { events } of deliveries) {
      for (const { epoch, seq, type, signal } of events) this.heard.push({ epoch, seq, kind: type, signal: signal.id });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#running;
  }
}

/**
 * What is wrong with what a reader heard. Within an epoch each event must come right after the one before; a new epoch must begin after
 * `lastCommon`, which is how far back it may go.
 */
export function readerFaults(heard: readonly Heard[], commons: readonly number[]): string[] {
  const faults: string[] = [];
  let epochs = 0;
  for (const [index, event] of heard.entries()) {
    const before = heard[index - 1];
    if (before === undefined) continue;
    const isNew = before.epoch !== event.epoch && event.seq <= before.seq;
    const expected = isNew ? (commons[epochs] ?? Number.NaN) + 1 : before.seq + 1;
    if (isNew) epochs += 1;
    if (event.seq !== expected) faults.push(`heard ${event.seq} after ${before.seq}, expected ${expected}`);
  }
  if (epochs !== commons.length) faults.push(`heard of ${epochs} restores, expected ${commons.length}`);
  return faults;
}
