import type { SourceBatch } from '../../../../backend/market-data/source.ts';

/** A way to store one minute of bars in one transaction. */
export type Store = {
  /** Of the database's process that serves it. */
  readonly pid: number;
  /** `firstSeq`: the number of its first bar, for those that do not count themselves. */
  store(batch: SourceBatch, firstSeq: number): Promise<void>;
  close(): Promise<void>;
};
