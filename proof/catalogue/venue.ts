import { inventCoins, settingsOf } from '../coinbase/invented.ts';
import { CoinbaseServer } from '../coinbase/server/server.ts';
import type { RoleProcess } from './process.ts';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
/** Enough to train on. */
const PAST_DAYS = 3;
const AHEAD_MINUTES = 600;
/** A minute of the market in a second. */
const SPEED = 60;

/** A venue on this machine that speaks Coinbase's protocol, faster than the market goes. */
export async function startVenue(): Promise<{ venue: CoinbaseServer; settings: Readonly<Record<string, string>> }> {
  const now = Math.floor(Date.now() / MINUTE) * MINUTE;
  const from = now - (PAST_DAYS + 1) * DAY;
  const recording = inventCoins(from, (now - from) / MINUTE + AHEAD_MINUTES);
  const venue = await CoinbaseServer.start({ recording, startAt: now, speed: SPEED, burst: 1_000 });
  return { venue, settings: settingsOf(venue, PAST_DAYS) };
}

/** Everything that a venue can do wrong: it talks nonsense, fails, cuts everybody off, and says nothing at all. Each until it was noticed. */
export async function breakVenue(venue: CoinbaseServer, pipeline: RoleProcess): Promise<void> {
  const feed = 'coinbase';
  const from = venue.clock.now();
  const span = { from, until: from + DAY };
  await pipeline.shows('market_data_feed_connected', { feed });
  venue.setFaults([
    { kind: 'malformed', ...span },
    { kind: 'flap', ...span },
    { kind: 'http', status: 500, ...span },
  ]);
  // Only new connections are closed.
  venue.dropConnections();
  await pipeline.shows('market_data_feed_messages_unreadable_total', { feed });
  await pipeline.shows('market_data_feed_reconnects_total', { feed });
  await pipeline.shows('market_data_api_requests_total', { provider: feed, outcome: 'failed' });
  venue.setFaults([{ kind: 'mute', ...span }]);
  await pipeline.shows('market_data_feed_stalls_total', { feed });
  venue.setFaults([]);
}
