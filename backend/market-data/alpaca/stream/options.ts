import type { TradingCalendar } from '../../../calendar/index.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Random } from '../../../platform/random.ts';
import type { Logger } from '../../../platform/telemetry/logger.ts';
import type { Timer } from '../../pacing.ts';
import { LINK_LIMITS, type LinkLimits } from '../../venue/stream/link.ts';
import { VENUE_STREAM_LIMITS, type VenueStreamLimits } from '../../venue/stream/venue-stream.ts';
import type { Credentials } from '../credentials.ts';
import { CHANNELS, type Channel, type Subscription } from '../protocol/messages.ts';
import type { Encoding } from '../protocol/wire.ts';

export type StreamLimits = LinkLimits & VenueStreamLimits;

export const STREAM_LIMITS: StreamLimits = { ...LINK_LIMITS, ...VENUE_STREAM_LIMITS };

export type StreamOptions = {
  /** wss://stream.data.alpaca.markets/v2/iex, .../v2/sip or .../v2/test. */
  readonly url: string;
  readonly credentials: Credentials;
  readonly subscription: Readonly<Partial<Record<Channel, readonly string[]>>>;
  /** Of the market: when silence is normal. */
  readonly calendar: TradingCalendar;
  /** The market's time: the machine's, or that of a recording. */
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Default JSON, whose numbers have the digits that were meant. */
  readonly encoding?: Encoding;
  readonly timer?: Timer;
  readonly limits?: Partial<StreamLimits>;
};

/** Every channel, each symbol once. */
export function wholeSubscription(asked: StreamOptions['subscription']): Subscription {
  const entries = CHANNELS.map((channel) => [channel, [...new Set(asked[channel])]] as const);
  return Object.fromEntries(entries) as unknown as Subscription;
}
