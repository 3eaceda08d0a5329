import type { TickResult } from '../signals/tick.ts';
import { openTestStore, type TestStore } from './database.ts';
import { eventfulTicks, inventMarket, storeMarket, type TestMarket, trainOn } from './market.ts';

/** A store that knows an invented market and its model, and what the engine says of that market, which is not written yet. */
export type MarketStore = {
  readonly market: TestMarket;
  readonly ticks: readonly TickResult[];
  readonly store: TestStore;
};

export async function openMarketStore(name: string): Promise<MarketStore> {
  const market = await inventMarket({ historySessions: 4, liveSessions: 1 });
  const model = await trainOn(market);
  const store = await openTestStore(name, (connections) => storeMarket(connections, market, model));
  return { market, ticks: eventfulTicks(market, model), store };
}
