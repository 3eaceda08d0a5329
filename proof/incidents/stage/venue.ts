import type { Session } from '../../../backend/calendar/index.ts';
import { defaultUniverse } from '../../../backend/market-data/instruments/us-equities.ts';
import { inventedFeed } from '../../../backend/market-data/simulated/feed.ts';
import { FREE_PLAN } from '../../alpaca/server/account.ts';
import { AlpacaServer } from '../../alpaca/server/server.ts';
import { type RecordedBar, type Recording, recordingOf } from '../../recorded/recording.ts';
import { type Days, HISTORY_SESSIONS } from './days.ts';

const MINUTE = 60_000;
const KEYS = { key: 'incident-key', secret: 'incident-secret' };
const FOLLOWED = ['AAPL', 'KO', 'SPY'];
/** Trading before and after the session goes on for so long, in minutes. */
const EARLY = 120;
const LATE = 180;

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

function recordingFor({ history, played }: Days): Recording {
  const instruments = defaultUniverse.filter(({ symbol }) => FOLLOWED.includes(symbol));
  const symbols = new Map(instruments.map(({ id, symbol }) => [id, symbol]));
  const feed = inventedFeed({ seed: 1, instruments });
  const regular = [...history, ...played].map((session) => {
    const bars = feed(session, Number.NEGATIVE_INFINITY).flatMap((batch) => batch.bars);
    return bars.map(({ instrumentId, barStart: start, open, high, low, close, volume }): RecordedBar => {
      return { symbol: symbols.get(instrumentId) ?? '', start, open, high, low, close, volume };
    });
  });
  return recordingOf([
    ...regular.flat(),
    ...played.flatMap((session, index) => around(session, regular[history.length + index] ?? [])),
  ]);
}

/** Before and after a session nothing happens to prices, but there are bars. */
function around({ open, close }: Session, bars: readonly RecordedBar[]): RecordedBar[] {
  const starts = [
    ...Array.from({ length: EARLY }, (_, minute) => open - (EARLY - minute) * MINUTE),
    ...Array.from({ length: LATE }, (_, minute) => close + minute * MINUTE),
  ];
  const newest = new Map(bars.map((bar) => [bar.symbol, bar]));
  return starts.flatMap((start) =>
    [...newest.values()].map((bar) => ({ ...bar, start, open: bar.close, high: bar.close, low: bar.close })),
  );
}
