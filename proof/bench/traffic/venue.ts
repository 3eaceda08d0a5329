// A venue in a process of its own that speaks Alpaca's protocol: a session of many symbols, a minute of which is told when it is asked for.

import { type Account, FREE_PLAN } from '../../alpaca/server/account.ts';
import { AlpacaServer } from '../../alpaca/server/server.ts';
import { inventSession } from '../../recorded/invented-session.ts';

export type VenueOrder =
  | { readonly open: { readonly symbols: number; readonly historySessions: number } }
  | 'minute'
  | 'followers';

/** Its settings for the service. */
export type Opened = { readonly environment: Readonly<Record<string, string>> };
/** The end of the minute that was told, and when its bars were sent; ms since 1970, of the recording and of this machine. */
export type Told = { readonly end: number; readonly sentAt: number };

const MINUTE = 60_000;
/** The venue says what a minute was so long after its end. */
const TELLS_AFTER = 1_000;
const KEYS = { key: 'bench-key', secret: 'bench-secret' };

let venue: { readonly server: AlpacaServer; next: number } | null = null;
let sentAt = 0;

process.on('message', async (order: VenueOrder) => {
  process.send?.(await obey(order));
});
process.once('disconnect', () => process.exit(0));

function obey(order: VenueOrder): Promise<Opened | Told> | number {
  if (order === 'followers') return venue?.server.followers ?? 0;
  return order === 'minute' ? tell() : open(order.open);
}

async function open({ symbols, historySessions }: { symbols: number; historySessions: number }): Promise<Opened> {
  const { recording, tickers, open: startAt } = await inventSession(symbols, historySessions);
  const account: Account = { ...FREE_PLAN, ...KEYS, symbolLimit: symbols };
  const server = await AlpacaServer.start({
    ...{ recording, accounts: [account], startAt, speed: 0 },
    onSend: () => {
      sentAt = performance.timeOrigin + performance.now();
    },
  });
  venue = { server, next: startAt + MINUTE };
  return {
    environment: {
      ...{ FEED: 'alpaca', ALPACA_FEED: 'iex', ALPACA_API_KEY: KEYS.key, ALPACA_SECRET_KEY: KEYS.secret },
      ALPACA_STREAM_URL: server.streamUrl('iex').replace('/v2/iex', ''),
      ...{ ALPACA_DATA_URL: server.httpUrl, ALPACA_TRADING_URL: server.httpUrl },
      ...{ ALPACA_SYMBOLS: tickers.join(','), ALPACA_HISTORY_SESSIONS: String(historySessions) },
    },
  };
}

async function tell(): Promise<Told> {
  if (venue === null) throw new Error('the venue is not open');
  const { server, next: end } = venue;
  venue.next += MINUTE;
  await server.play(end + TELLS_AFTER);
  return { end, sentAt };
}
