import { describeLiveFeedContract } from '../live-feed/contract.ts';
import { fedBar, feedOf, MINUTE, minutes, START, startServer } from './testing.ts';

describeLiveFeedContract('CoinbaseFeed', async () => {
  const bars = [...minutes('BTCUSD', START, 60), ...minutes('ETHUSD', START, 60)];
  const server = await startServer({ bars, startAt: START + 10 * MINUTE });
  const always = { from: 0, until: Number.POSITIVE_INFINITY };
  return {
    feed: feedOf(server),
    truth: bars.map(fedBar),
    play: (instant) => server.play(instant),
    followers: () => server.followers,
    dropConnections: () => server.dropConnections(),
    answerWith: (status) => server.setFaults(status === null ? [] : [{ kind: 'http', status, ...always }]),
  };
});
