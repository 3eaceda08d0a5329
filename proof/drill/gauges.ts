import { lookOnce } from '../../backend/commands/recovery/metrics.ts';
import { createMetrics } from '../../backend/metrics/registry.ts';
import type { Vault } from '../../backend/operations/backup/objects.ts';
import { Observer } from '../../backend/operations/backup/observe.ts';
import { createPool } from '../../backend/platform/database/pool.ts';
import { runningServer } from '../../backend/platform/postgres/running.ts';
import { firing } from './alerting.ts';
import type { Service } from './service.ts';

export type Alerting = {
  /** Where the backups lie. */
  readonly vault: Vault;
  readonly minutes: number;
  /** Names of the alerts that are to fire by then, and no others, in their order. */
  readonly expected: readonly string[];
  readonly stopped?: readonly string[];
};

/** What the generated rules say of the gauges over these backups. */
export async function alerting(
  service: Service,
  { vault, minutes, expected, stopped = [] }: Alerting,
): Promise<{ readonly alert: string; readonly faults: readonly string[] }> {
  const at = Date.now();
  const text = await gaugesOf(service, vault);
  const fired = await firing(service.folder, { text, at, minutes, stopped });
  if ('notRun' in fired) return { alert: `not run: ${fired.notRun}`, faults: [] };
  const names = fired.join(', ') || 'none';
  const fault = `after ${minutes} min fired ${names}, expected ${expected.join(', ') || 'none'}`;
  return { alert: `${names}, after ${minutes} min`, faults: fired.join() === expected.join() ? [] : [fault] };
}

/** How often something is planned is the service's to say, wherever the backups lie. */
const PLANS = /^(backup_interval|restore_drill_interval)_seconds\{/;

/** The gauges as the service would show them if these were its backups: its own look at them and at its database, and its own plans. */
async function gaugesOf(service: Service, vault: Vault): Promise<string> {
  const server = runningServer(service.data);
  if (server === null) throw new Error('nobody runs the database');
  const database = createPool({
    ...{ url: server.ownerUrl, name: 'proof', size: 1, statementTimeoutMs: 60_000 },
    onError: () => undefined,
  });
  try {
    const metrics = createMetrics();
    await lookOnce(metrics, { observer: new Observer(vault), database });
    const plans = (await service.metrics()).split('\n').filter((line) => PLANS.test(line));
    return [await metrics.render(), ...plans].join('\n');
  } finally {
    await database.end();
  }
}
