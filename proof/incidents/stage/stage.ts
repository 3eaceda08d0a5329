import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { groups } from '../../../alerts/all.ts';
import { SCRAPE_JOB } from '../../../alerts/index.ts';
import { startPrometheus } from '../../common/prometheus/prometheus.ts';
import { ended } from '../../common/service.ts';
import { startAlertmanager } from '../../observe/alertmanager.ts';
import type { Service } from '../../runbooks/drills/service.ts';
import type { MarketTime } from '../scale/clock.ts';
import { type Scaling, scaledRules } from '../scale/rules.ts';
import { use } from './users.ts';
import { Watch } from './watch.ts';

/** Prometheus looks back for so long where it is not told otherwise, and the service is scraped so often in the cluster. Seconds. */
const LOOK_BACK = 300;
const SCRAPE = 30;

/** A service with its database, a Redis, a venue and users, all of them real and on this machine. */
export type Stage = {
  readonly service: Service;
  /** So many times as fast as in life its rules wait. */
  readonly speed: number;
  /** What fires here without any fault. */
  readonly always: ReadonlySet<string>;
};

export type Observer = AsyncDisposable & {
  readonly watch: Watch;
  /** Where Prometheus keeps its data, and its address. */
  readonly data: string;
  readonly prometheus: string;
  /** The clock that its rules ask; null for its own. */
  readonly time: MarketTime | null;
};

type Observed = {
  readonly folder: string;
  readonly service: Service;
  readonly scaling: Scaling;
  /** Others to scrape, host and port. */
  readonly measured?: string;
};

/** A Prometheus that knows nothing else yet, and the Alertmanager that it tells. */
export async function observe({ folder, service, scaling, measured }: Observed): Promise<Observer> {
  const own = join(folder, randomUUID());
  const data = join(own, 'prometheus/data');
  await mkdir(data, { recursive: true });
  const alertmanager = await startAlertmanager(join(own, 'alertmanager'));
  const prometheus = await startPrometheus({
    folder: join(own, 'prometheus'),
    scrape: `${Math.round((SCRAPE * 1_000) / scaling.waits)}ms`,
    rules: scaledRules(groups, scaling),
    flags: [
      `--query.lookback-delta=${Math.round((LOOK_BACK * 1_000) / scaling.windows)}ms`,
      '--rules.alert.resend-delay=1s',
      '--web.enable-admin-api',
    ],
    targets: [
      { job: SCRAPE_JOB, address: (service.env['INTERNAL'] ?? '').replace('http://', ''), role: 'all' },
      ...(measured === undefined ? [] : [{ job: 'measured', address: measured }]),
    ],
    alertmanager: alertmanager.host,
    itself: true,
  });
  const watch = new Watch({ prometheus: prometheus.address, alertmanager: alertmanager.host });
  return {
    ...{ data, watch, prometheus: prometheus.address, time: scaling.time },
    [Symbol.asyncDispose]: async () => {
      await watch[Symbol.asyncDispose]();
      await Promise.all([ended(prometheus.child), ended(alertmanager.child)]);
    },
  };
}

/** Users come, and leave with the stage. */
export function invite({ env }: Service, stack: AsyncDisposableStack): void {
  const stop = new AbortController();
  const busy = use(env['PUBLIC'] ?? '', stop.signal);
  stack.defer(async () => {
    stop.abort();
    await busy;
  });
}
