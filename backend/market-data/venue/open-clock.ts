import { UserError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { isPassing } from './errors.ts';
import type { VenueClock } from './venue-clock.ts';

type Place = {
  /** For people: Alpaca, Coinbase. */
  readonly venue: string;
  /** The setting that names the server of the clock, and what it says. */
  readonly variable: string;
  readonly url: string;
  readonly log: Logger;
};

/**
 * Reads a venue's clock for the first time. With the venue's own hosts one that does not answer is waited for later; another host has to be
 * there: throws a UserError that names the setting.
 */
export async function openClock(
  clock: VenueClock,
  { venue, variable, url, log }: Place,
  signal: AbortSignal,
): Promise<void> {
  try {
    await clock.open(signal);
  } catch (error) {
    if (!isPassing(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    if (clock.isUnknown)
      throw new UserError(
        'FEED_UNREACHABLE',
        `${variable} is "${url}", expected a server that tells its clock: ${reason}`,
      );
    log.warn(`${venue} does not answer yet`, { error });
  }
}
