import { FREE_PLAN } from '../../alpaca/server/account.ts';
import { AlpacaServer } from '../../alpaca/server/server.ts';
import { type Days, HISTORY_SESSIONS } from './days.ts';
import { FOLLOWED, recordingFor } from './recording.ts';

const KEYS = { key: 'incident-key', secret: 'incident-secret' };

/** A venue on this machine that speaks Alpaca's protocol over invented days. */
export type Venue = {
  readonly server: AlpacaServer;
  /** For the service. Production refuses each of these addresses: another host's time is no time of a market. */
  readonly settings: Readonly<Record<string, string>>;
  /** Leaps ahead to an instant. */
  leap(instant: number): void;
  /** Has no bar from now on, for who listens and for who asks, though its connections stay open. */
  mute(): void;
  speak(): void;
};

export async function startVenue(
  days: Days,
  { startAt, speed }: { readonly startAt: number; readonly speed: number },
): Promise<Venue> {
  const account = { ...FREE_PLAN, ...KEYS, requestsPerMinute: 100_000 };
  const server = await AlpacaServer.start({ recording: recordingFor(days), accounts: [account], startAt, speed });
  return {
    server,
    settings: {
      ...{ FEED: 'alpaca', ALPACA_FEED: 'iex', ALPACA_API_KEY: KEYS.key, ALPACA_SECRET_KEY: KEYS.secret },
      ALPACA_STREAM_URL: server.streamUrl('iex').replace('/v2/iex', ''),
      ...{ ALPACA_DATA_URL: server.httpUrl, ALPACA_TRADING_URL: server.httpUrl },
      ...{ ALPACA_SYMBOLS: FOLLOWED.join(','), ALPACA_HISTORY_SESSIONS: String(HISTORY_SESSIONS) },
    },
    leap: (instant) => {
      server.clock.moveTo(instant);
      server.setFaults([]);
    },
    mute: () => server.setFaults([{ kind: 'dry', from: server.clock.now(), until: Number.POSITIVE_INFINITY }]),
    speak: () => server.setFaults([]),
  };
}
