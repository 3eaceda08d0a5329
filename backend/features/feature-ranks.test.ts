import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calendarById } from '../calendar/index.ts';
import { toNumeric } from '../market-data/bar.ts';
import { BarIngest } from '../market-data/store/ingest.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { inventMarket, type TestMarket } from '../testing/market.ts';
import { FeatureEngine } from './feature-engine.ts';
import { FeatureRanksService } from './feature-ranks.service.ts';
import { FEATURE_INDEX } from './feature-spec.ts';

let market: TestMarket;
let store: TestStore;
beforeAll(async () => {
  market = await inventMarket({ historySessions: 3 });
  store = await openTestStore('ranks');
  const ingest = new BarIngest(store.pool);
  await ingest.register(market.source);
  await ingest.store(market.source, [...market.history, ...market.live]);
});
afterAll(() => store.dispose());

/** What the engine of the pipeline has of an instrument at a moment. */
function valueAt(instrumentId: string, asOf: number): number {
  const engine = new FeatureEngine({ timeframe: '1m' });
  const bars = [...market.history, ...market.live].flatMap((batch) => (batch.knownTime <= asOf ? batch.bars : []));
  for (const bar of bars.filter((one) => one.instrumentId === instrumentId))
    engine.update(instrumentId, toNumeric(bar), calendarById('XNYS'));
  return engine.read(engine.slotOf(instrumentId)).values[FEATURE_INDEX.return15] ?? Number.NaN;
}

describe('feature ranks', () => {
  it('are those of the vectors that the engine has at that moment, to the last bit', async () => {
    const { instruments } = market.source;
    const service = new FeatureRanksService(store.pool);
    for (const batch of [market.live.at(-1), market.live[200], market.live[0]]) {
      const asOf = batch?.knownTime ?? 0;
      const ranks = await service.ranks({ instruments, timeframe: '1m', feature: 'return15', asOf });
      const expected = instruments
        .map(({ id }) => ({ id, value: valueAt(id, asOf) }))
        .sort((a, b) => b.value - a.value)
        .map(({ id, value }, index) => ({ id, value, rank: 1 - index }));
      expect(ranks.map(({ instrument, value, rank }) => ({ id: instrument.id, value, rank }))).toEqual(expected);
    }
  });

  it('leave out an instrument that has too few bars', async () => {
    const { instruments, historyEnd } = market.source;
    const service = new FeatureRanksService(store.pool);
    const asOf = market.history[30]?.knownTime ?? historyEnd;
    expect(await service.ranks({ instruments, timeframe: '1m', feature: 'return15', asOf })).toEqual([]);
  });
});
