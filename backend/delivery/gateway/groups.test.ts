import { describe, expect, it } from 'vitest';
import { createMetrics, type Metrics } from '../../metrics/registry.ts';
import { normaliseFilter } from '../../signals/signal-filter.ts';
import { InProcessWakeUp } from '../wake-up.ts';
import { openStage, upTo } from './stage.fixture.ts';
import { expectChain } from './subscriber.fixture.ts';

const stage = openStage();

describe('a group of subscribers', () => {
  const executions = async (metrics: Metrics): Promise<number> =>
    Number(/graphql_subscription_executions_total (\d+)/.exec(await metrics.render())?.[1]);
  const quiet = { pollMs: 10_000, checkpointMs: 20_000 };

  it('is sent what one execution made, each member once', async () => {
    const [metrics, wakeUp] = [createMetrics(), new InProcessWakeUp()];
    const gateway = stage.gatewayWith({ ...quiet, metrics, wakeUp });
    const all = Array.from({ length: 50 }, (_, index) =>
      stage.subscribe({ from: 'LIVE', maxBatch: 1 + index }, { gateway }),
    );
    for (const subscriber of all) await subscriber.untilLive();
    const before = await executions(metrics);
    wakeUp.notify(stage.stream, (await stage.put(1, 1)).lastSeq);
    for (const subscriber of all) await subscriber.until(({ kind }) => kind === 'batch');
    expect((await executions(metrics)) - before).toBe(1);
    expect(gateway.groups).toBe(1);
    for (const { items, seqs } of all) {
      expect(seqs).toEqual([1]);
      expectChain(items, null);
    }
  });

  it('is touched by no event that its filter leaves out', async () => {
    const [metrics, wakeUp] = [createMetrics(), new InProcessWakeUp()];
    const gateway = stage.gatewayWith({ ...quiet, metrics, wakeUp });
    const filter = normaliseFilter({ instruments: ['spy-us'] });
    const [one, other] = [
      stage.subscribe({ from: 'LIVE', filter }, { gateway }),
      stage.subscribe({ from: 'LIVE' }, { gateway }),
    ];
    for (const subscriber of [one, other]) await subscriber.untilLive();
    const before = await executions(metrics);
    wakeUp.notify(stage.stream, (await stage.put(1, 2)).lastSeq);
    await other.until(({ kind }) => kind === 'batch');
    expect((await executions(metrics)) - before).toBe(1);
    wakeUp.notify(stage.stream, (await stage.put(3, 3)).lastSeq);
    await one.until(({ kind }) => kind === 'batch');
    expect(one.seqs).toEqual([3]);
    expectChain(one.items, null);
    expect([gateway.groups, gateway.scanned]).toEqual([2, 1]);
  });

  it('takes in 1,000 who came back from anywhere, in the ring or before it, and is one group again', {
    timeout: 60_000,
  }, async () => {
    await stage.put(1, 620);
    const [metrics, wakeUp] = [createMetrics(), new InProcessWakeUp()];
    const gateway = stage.gatewayWith({ ...quiet, metrics, wakeUp });
    const places = [620, 619, 618, 612];
    const furtherBack = [121, 120, 119, 1];
    const all = Array.from({ length: 1_000 }, (_, index) => {
      const after = stage.cursorAt((index < 4 ? furtherBack : places)[index % 4] ?? 0);
      return { after, subscriber: stage.subscribe({ after, maxBatch: 100 }, { gateway }) };
    });
    for (const { subscriber } of all) await subscriber.untilLive();
    const caughtUp = await executions(metrics);
    // Pages are made for those who stand at the same place, not for each of them.
    expect(caughtUp).toBeLessThan(100);
    wakeUp.notify(stage.stream, (await stage.put(621, 621)).lastSeq);
    for (const { subscriber } of all) await subscriber.until(({ kind }) => kind === 'batch');
    wakeUp.notify(stage.stream, (await stage.put(622, 622)).lastSeq);
    const before = await executions(metrics);
    for (const { subscriber } of all)
      await subscriber.until((item) => item.kind === 'batch' && item.events[0]?.event.seq === 622);
    expect((await executions(metrics)) - before).toBeLessThanOrEqual(1);
    expect(gateway.groups).toBe(1);
    for (const { after, subscriber } of all) {
      expect(subscriber.seqs).toEqual(upTo(622, (stage.placeOf(after)?.seq ?? 0) + 1));
      expectChain(subscriber.items, after);
    }
  });

  it('goes on without a member that takes nothing, which gets the rest when it does', async () => {
    const gateway = stage.gatewayWith({});
    const [slow, quick] = [
      stage.subscribe({ from: 'LIVE' }, { gateway }),
      stage.subscribe({ from: 'LIVE' }, { gateway }),
    ];
    for (const subscriber of [slow, quick]) await subscriber.untilLive();
    slow.waiting = 300 * 1024;
    for (let n = 1; n <= 5; n += 1) {
      await stage.put(n, n);
      await quick.until((item) => item.kind === 'batch' && item.events.at(-1)?.event.seq === n);
    }
    expect(slow.seqs).toEqual([]);
    slow.drain();
    await slow.until((item) => item.kind === 'batch' && item.events.at(-1)?.event.seq === 5);
    await stage.put(6, 6);
    await slow.until((item) => item.kind === 'batch' && item.events.at(-1)?.event.seq === 6);
    expect(slow.seqs).toEqual(upTo(6));
    expectChain(slow.items, null);
  });
});
