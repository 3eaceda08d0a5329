import type { SignalFilter } from '../signals/signal-filter.ts';

/**
 * What a client asked for with `signalEvents`. The gateway serves it, together with all who get the same; nothing here is to be iterated. Only
 * the interface is asked for by whoever executes the document.
 */
export class SignalSubscription implements AsyncIterable<never> {
  readonly after: string | null;
  readonly from: 'BEGINNING' | 'LIVE';
  /** Normalised. */
  readonly filter: SignalFilter;
  readonly maxBatch: number;

  constructor(asked: Pick<SignalSubscription, 'after' | 'from' | 'filter' | 'maxBatch'>) {
    this.after = asked.after;
    this.from = asked.from;
    this.filter = asked.filter;
    this.maxBatch = asked.maxBatch;
  }

  [Symbol.asyncIterator](): never {
    throw new Error('signalEvents is served by the gateway, expected nobody to iterate it');
  }
}
