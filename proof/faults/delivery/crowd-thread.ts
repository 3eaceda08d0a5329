import { Worker } from 'node:worker_threads';
import type { Late } from '../../common/machine/turns.ts';
import type { Place } from './lane.ts';

export type CrowdOrder =
  | { readonly url: string }
  | { readonly add: number; readonly after: Place }
  | { readonly logged: readonly number[] };
export type CrowdResult = {
  readonly count: number;
  /** What is wrong with what they were handed, held against the log in that thread. */
  readonly faults: readonly string[];
  /** When each connection was begun, ms since 1970. */
  readonly begun: readonly number[];
  /** How late that thread itself was all the while. */
  readonly turns: readonly Late[];
};
export type CrowdMessage = { readonly slowest: number } | CrowdResult;

/** A crowd in a thread of its own, so that whoever else works here is not kept waiting by it. */
export class CrowdThread implements AsyncDisposable {
  readonly #worker = new Worker(new URL('./worker.ts', import.meta.url));
  #slowest = 0;
  #end: CrowdResult | null = null;
  #error: Error | null = null;

  constructor() {
    this.#worker.on('message', (message: CrowdMessage) => {
      if ('slowest' in message) this.#slowest = message.slowest;
      else this.#end = message;
    });
    this.#worker.on('error', (error: Error) => {
      this.#error = error;
    });
  }

  /** Where connections go from now on. */
  turnTo(url: string): void {
    this.#order({ url });
  }

  add(count: number, after: Place): void {
    this.#order({ add: count, after });
  }

  /** The seq up to which all of them have heard, a moment ago. */
  get slowest(): number {
    if (this.#error !== null) throw this.#error;
    return this.#slowest;
  }

  /** Ends it, and holds what all of them were handed against the seqs of the log; `result` is not null when that is done. */
  stop(logged: readonly number[]): void {
    this.#order({ logged });
  }

  get result(): CrowdResult | null {
    return this.#end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  #order(order: CrowdOrder): void {
    this.#worker.postMessage(order);
  }
}
