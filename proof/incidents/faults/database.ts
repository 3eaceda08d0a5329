import { setTimeout as sleep } from 'node:timers/promises';
import { postmasterOf, sendKill } from '../../common/processes.ts';
import type { MarketIncident } from '../incident.ts';
import type { MarketStage } from '../stage/market.ts';

const LOOK_MS = 2;
const LIMIT_MS = 30_000;

export const databaseIncidents: readonly MarketIncident[] = [
  {
    name: 'database killed',
    what: 'kill -9 of PostgreSQL; the server that the service starts in its place hangs (SIGSTOP)',
    day: 'whole',
    when: 'in session',
    fires: [
      'DatabaseConnectionFailures',
      'ApiAvailabilityBudgetBurnFast',
      'ApiAvailabilityBudgetBurnSlow',
      'ApiAvailabilityInSessionBudgetBurnFast',
      'ApiAvailabilityInSessionBudgetBurnSlow',
      'BackendHighErrorRate',
      'MarketDataStale',
      'MarketDataPartiallyStale',
      'DataFreshnessBudgetBurnFast',
      'DataFreshnessBudgetBurnSlow',
    ],
    minutes: 9,
    inject: kill,
    drill: 'DatabaseConnectionFailures',
  },
];

async function kill({ service }: MarketStage): Promise<void> {
  const data = service.env['DATA_DIR'] ?? '';
  const killed = postmasterOf(data);
  if (killed === null) throw new Error('there is no postmaster to kill');
  sendKill(killed);
  for (const end = performance.now() + LIMIT_MS; performance.now() < end; await sleep(LOOK_MS)) {
    const pid = postmasterOf(data);
    if (pid === null || pid === killed) continue;
    process.kill(pid, 'SIGSTOP');
    return;
  }
  throw new Error(`the service started no database in place of the killed one within ${LIMIT_MS / 1_000} s`);
}
