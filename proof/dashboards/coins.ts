import { inventCoins, settingsOf } from '../coinbase/invented.ts';
import type { Fault } from '../coinbase/server/faults.ts';
import { CoinbaseServer } from '../coinbase/server/server.ts';

const MINUTE = 60_000;
const PAST_DAYS = 4;
const AHEAD_MINUTES = 120;

/**
 * A venue on this machine that speaks Coinbase's protocol at the pace of this moment, with invented prices: a market that is open at every
 * hour and bars whose age is a true one.
 */
export async function startCoins(
  faultsFrom: (now: number) => readonly Fault[] = faults,
): Promise<{ settings: Record<string, string>; close: () => Promise<void> }> {
  const now = Math.floor(Date.now() / MINUTE) * MINUTE;
  const from = now - (PAST_DAYS + 2) * 1_440 * MINUTE;
  const recording = inventCoins(from, (now - from) / MINUTE + AHEAD_MINUTES);
  const server = await CoinbaseServer.start({ recording, startAt: Date.now(), speed: 1, faults: faultsFrom(now) });
  return { settings: settingsOf(server, PAST_DAYS), close: () => server.close() };
}

/**
 * What makes the service ask by REST while it runs: in every minute a trade of each product is not told, the connections are closed for a while,
 * and after the start some requests of every minute are answered with an error.
 */
function faults(now: number): Fault[] {
  return Array.from({ length: AHEAD_MINUTES }, (_, index) => now + index * MINUTE).flatMap((from): Fault[] => [
    ...['BTC-USD', 'ETH-USD'].map((product) => ({ kind: 'drop', product, from, until: from + MINUTE }) as const),
    { kind: 'flap', from: from + 5_000, until: from + 12_000 },
    { kind: 'malformed', from: from + 20_000, until: from + 22_000 },
    ...(from < now + 2 * MINUTE
      ? []
      : [{ kind: 'http', status: 500, times: 3, from: from + 30_000, until: from + 50_000 } as const]),
  ]);
}
