import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../alerts/testing/program.ts';
import { startCoins } from '../../dashboards/coins.ts';
import { startService } from '../../runbooks/drills/service.ts';
import { openMetrics, type Past } from './open-metrics.ts';
import { invite, type Observer, observe, type Stage } from './stage.ts';

const WAITS = 60;

/** The time of this machine, and as many days before it as are wanted. */
export type PastStage = Stage & {
  /** Where its backups go. */
  readonly backups: string;
  observe(): Promise<Observer>;
  /** Puts more of the past into a Prometheus that runs; it finds the blocks within a minute. */
  fill(past: readonly Past[]): Promise<void>;
  /** Takes series out of it, as days do that go by. */
  forget(selector: string): Promise<void>;
};

export async function openPast(folder: string, stack: AsyncDisposableStack): Promise<PastStage> {
  const coins = await startCoins(() => []);
  stack.defer(coins.close);
  const backups = join(folder, 'backups');
  await mkdir(backups, { recursive: true });
  const service = stack.use(await startService(() => ({ ...coins.settings, BACKUP_DIR: backups })));
  invite(service, stack);
  let observer: Observer | null = null;
  const running = (): Observer => {
    if (observer === null) throw new Error('there is no Prometheus yet');
    return observer;
  };
  return {
    ...{ service, speed: WAITS, backups },
    // The service has just begun, and its first night was counted.
    always: new Set(['Watchdog', 'DailyIngestionComplete']),
    observe: async () => {
      observer = await observe({ folder, service, scaling: { windows: 1, waits: WAITS, time: null } });
      return observer;
    },
    fill: (past) => backFill(running().data, past),
    forget: async (selector) => {
      const address = `${running().prometheus}/api/v1/admin/tsdb/delete_series?${new URLSearchParams({ 'match[]': selector })}`;
      const answer = await fetch(address, { method: 'POST' });
      if (!answer.ok) throw new Error(`Prometheus does not take ${selector} out: ${await answer.text()}`);
    },
  };
}

async function backFill(data: string, past: readonly Past[]): Promise<void> {
  const file = join(data, '../past.txt');
  await writeFile(file, openMetrics(past));
  const { content, output } = await run('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', file, data], data);
  if (!content) throw new Error(`promtool makes no blocks: ${output.slice(-500)}`);
}
