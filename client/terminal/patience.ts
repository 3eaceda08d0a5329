import { Backoff, sleep } from '../backoff.ts';
import { AwayError } from '../query.ts';
import type { Status } from '../status.ts';

/** Asks again as long as the server is away; undefined when stopped meanwhile. */
export async function patiently<T>(
  ask: () => Promise<T>,
  signal: AbortSignal,
  onStatus: (status: Status) => void,
): Promise<T | undefined> {
  const backoff = new Backoff();
  while (!signal.aborted) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof AwayError)) throw error;
      if (signal.aborted) break;
      const retryInMs = backoff.nextMs();
      onStatus({ state: 'disconnected', reason: error.message, retryInMs });
      await sleep(retryInMs, signal);
    }
  }
  return undefined;
}
