import { expect, it } from 'vitest';
import { InProcessWakeUp } from '../../delivery/wake-up.ts';
import type { Instrument } from '../../market-data/instrument.ts';
import { createMetrics, type Metrics } from '../../metrics/registry.ts';
import { ManualClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/telemetry/logger.ts';
import { eventfulTicks, inventMarket, type TestMarket, trainOn } from '../../testing/market.ts';
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

it('counts what is due and what is published from the same zero, and each market by itself', async () => {
  const market = await inventMarket({ historySessions: 4, liveSessions: 1 });
  const model = await trainOn(market);
  const metrics = createMetrics();
  const watch = watchOf(metrics);
  watch.described({ ...market.source, instruments: [...market.source.instruments, coinOf(market)] });
  const series = async (): Promise<string[]> =>
    (await metrics.render()).match(/^signals_(due|published)_total\{.*$/gm)?.sort() ?? [];
  const atStart = await series();
  expect(atStart).toHaveLength(8);
  expect(atStart.every((line) => line.endsWith(' 0'))).toBe(true);
  expect(await metrics.render()).toContain('signals_withheld_total{market="24x7",reason="NO_MODEL"} 0\n');

  const ticks = eventfulTicks(market, model);
  watch.decided(ticks);
  watch.decided(ticks);
  watch.stepped(ticks, null, 0);
  const after = await series();
  const nameOf = (line: string): string => line.replace(/ \d+$/, '');
  expect(after.map(nameOf)).toEqual(atStart.map(nameOf));
  const due = after.filter((line) => line.startsWith('signals_due'));
  expect(due.map((line) => line.replace('due', 'published'))).toEqual(
    after.filter((line) => line.startsWith('signals_published')),
  );
  expect(due.filter((line) => !line.endsWith(' 0')).every((line) => line.includes('market="XNYS"'))).toBe(true);
  expect(due.some((line) => !line.endsWith(' 0'))).toBe(true);
});

function coinOf({ source }: TestMarket): Instrument {
  const [stock] = source.instruments as [Instrument];
  return { ...stock, id: 'coin', calendar: '24x7' };
}

function watchOf(metrics: Metrics): PipelineWatch {
  return new PipelineWatch({
    ...{ metrics, clock: new ManualClock(0), requireEdge: false, log: silentLogger, onDay: () => undefined },
    wakeUp: new InProcessWakeUp(),
    display: { described() {}, training() {}, trainingProgress() {}, modelsChosen() {}, stored() {} },
  });
}
