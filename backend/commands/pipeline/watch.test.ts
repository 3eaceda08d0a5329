import { expect, it } from 'vitest';
import { InProcessWakeUp } from '../../delivery/wake-up.ts';
import { createMetrics, type Metrics } from '../../metrics/registry.ts';
import { ManualClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/telemetry/logger.ts';
import { inventMarket, trainOn } from '../../testing/market.ts';
import { PipelineWatch } from './watch.ts';

it('tells a model that was just trained as young as the history that it was made of', async () => {
  const market = await inventMarket();
  const model = await trainOn(market);
  const metrics = createMetrics();
  watchOf(metrics).modelsChosen([{ calendar: 'XNYS', model, trained: true }]);

  const [, said] =
    new RegExp(`^model_trained_timestamp_seconds{model="${model.name}"} (.+)$`, 'm').exec(await metrics.render()) ?? [];
  const newest = market.history.at(-1)?.knownTime ?? 0;
  const days = (newest / 1_000 - Number(said)) / 86_400;
  expect(days).toBeGreaterThanOrEqual(0);
  expect(days).toBeLessThan(1);
});

function watchOf(metrics: Metrics): PipelineWatch {
  return new PipelineWatch({
    ...{ metrics, clock: new ManualClock(0), requireEdge: false, log: silentLogger, onDay: () => undefined },
    wakeUp: new InProcessWakeUp(),
    display: { described() {}, training() {}, trainingProgress() {}, modelsChosen() {}, stored() {} },
  });
}
