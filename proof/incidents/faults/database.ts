import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { outlastRestart } from '../../../backend/platform/database/pool.ts';
import { postmasterOf, sendKill } from '../../common/processes.ts';
import type { MarketIncident } from '../incident.ts';
import type { MarketStage } from '../stage/market.ts';

const LOOK_MS = 2;
const LIMIT_MS = 30_000;

/** The server that was started in place of the killed one. */
let successor: number | null = null;

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
    undo: {
      what: 'the new server goes on',
      work: async ({ service }) => {
        if (successor !== null) process.kill(successor, 'SIGCONT');
        successor = null;
        await isUp(service.env['DATABASE_URL'] ?? '');
      },
    },
    drill: 'DatabaseConnectionFailures',
  },
];

/** Until it has gone through its log: before that it answers nobody. */
function isUp(url: string): Promise<void> {
  return outlastRestart(LIMIT_MS, async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.end();
  });
}

async function kill({ service }: MarketStage): Promise<void> {
  const data = service.env['DATA_DIR'] ?? '';
  const killed = postmasterOf(data);
  if (killed === null) throw new Error('there is no postmaster to kill');
  sendKill(killed);
  for (const end = performance.now() + LIMIT_MS; performance.now() < end; await sleep(LOOK_MS)) {
    const pid = postmasterOf(data);
    if (pid === null || pid === killed) continue;
    process.kill(pid, 'SIGSTOP');
    successor = pid;
    return;
  }
  throw new Error(`the service started no database in place of the killed one within ${LIMIT_MS / 1_000} s`);
}
