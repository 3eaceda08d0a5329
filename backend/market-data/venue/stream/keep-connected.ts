import type { Random } from '../../../platform/random.ts';
import type { Timer } from '../../pacing.ts';
import { Backoff } from '../backoff.ts';
import type { Ending } from './ending.ts';

export type RetryLimits = {
  /** Shortest and longest wait before a new connection, ms. */
  readonly retryMs: number;
  readonly mostRetryMs: number;
  /** A connection that lasted so long starts the waits from the shortest one again, ms. */
  readonly stableMs: number;
};

export const RETRY_LIMITS: RetryLimits = { retryMs: 500, mostRetryMs: 30_000, stableMs: 60_000 };

type Options = {
  readonly limits: RetryLimits;
  readonly random: Random;
  readonly timer: Timer;
  /** One connection, from its opening to its end. */
  readonly connect: () => Promise<Ending>;
  /** Told before the wait. */
  readonly onLost: (lost: {
    readonly reason: string;
    readonly code: number | null;
    readonly retryInMs: number;
  }) => void;
};

/** Connects again and again until it is over. Throws what only a person can change. */
export async function keepConnected(options: Options, over: AbortSignal): Promise<void> {
  const { limits, random, timer, connect, onLost } = options;
  const backoff = new Backoff({ base: limits.retryMs, cap: limits.mostRetryMs, random });
  while (!over.aborted) {
    const begun = timer.now();
    const ending = await connect();
    if (ending.kind === 'FATAL') throw ending.error;
    if (ending.kind === 'STOPPED') return;
    if (timer.now() - begun >= limits.stableMs) backoff.reset();

    const { reason, code = null, retryAfterMs = 0 } = ending;
    const retryInMs = Math.max(backoff.next(), retryAfterMs);
    onLost({ reason, code, retryInMs });
    await timer.sleep(retryInMs, over).catch(() => {});
  }
}
