import { calendarById } from '../../backend/calendar/index.ts';
import { AlpacaFeed } from '../../backend/market-data/alpaca/feed.ts';
import { usEquity } from '../../backend/market-data/instruments/us-equities.ts';
import type { FeedBar } from '../../backend/market-data/live/feed.ts';
import { randomOf } from '../../backend/platform/random.ts';
import { silentLogger } from '../../backend/platform/telemetry/logger.ts';
import { describeLiveFeedContract } from '../live-feed/contract.ts';
import type { RecordedBar } from '../recorded/recording.ts';
import { account, limits, MINUTE, minutes, OPEN, startServer } from './testing.ts';

const calendar = calendarById('XNYS');

describeLiveFeedContract('AlpacaFeed', async () => {
  const bars = [...minutes('SPY', OPEN, 60), ...minutes('AIG', OPEN, 60)];
  const server = await startServer({ bars, startAt: OPEN + 10 * MINUTE });
  const always = { from: 0, until: Number.POSITIVE_INFINITY };
  const feed = new AlpacaFeed({
    ...{ key: account.key, secret: account.secret, feed: 'iex', clock: server.clock },
    streamUrl: server.streamUrl('iex').replace('/v2/iex', ''),
    dataUrl: server.httpUrl,
    tradingUrl: server.httpUrl,
    instruments: [usEquity('SPY', 'ARCX'), usEquity('AIG', 'XNYS')],
    log: silentLogger,
    random: randomOf('feed'),
    streamLimits: limits,
    restLimits: { retryMs: 2, mostRetryMs: 20, openMs: 50 },
  });
  return {
    feed,
    truth: bars.map(fedBar),
    play: (instant) => server.play(instant),
    followers: () => server.followers,
    dropConnections: () => server.dropConnections(),
    answerWith: (status) => server.setFaults(status === null ? [] : [{ kind: 'http', status, ...always }]),
  };
});

function fedBar({ symbol, start, ...values }: RecordedBar): FeedBar {
  const segment = calendar.segmentAt(start);
  const place = { timeframe: '1m', barStart: start, barEnd: start + MINUTE, segment } as const;
  return { instrumentId: `${symbol.toLowerCase()}-us`, ...place, ...values };
}
