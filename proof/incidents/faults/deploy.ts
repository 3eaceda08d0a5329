import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../backend/testing/ports.ts';
import { root } from '../../common/repository.ts';
import { Running } from '../../common/running.ts';
import type { MarketIncident } from '../incident.ts';
import type { Stage } from '../stage/stage.ts';

export const deployIncidents: readonly MarketIncident[] = [
  {
    name: 'bad deploy',
    what: 'the service ends as told to, and its next release listens on other ports',
    day: 'whole',
    when: 'in session',
    fires: ['ApiDown', 'PipelineDown', 'WorkerDown', 'BackendInstanceDown'],
    minutes: 5,
    inject: release,
    drill: 'ApiDown',
  },
];

async function release({ service }: Stage): Promise<void> {
  const { DATABASE_URL: _, DATABASE_OWNER_URL: __, ...env } = service.env;
  const file = env['PID_FILE'] ?? '';
  const pid = Number(readFileSync(file, 'utf8'));
  process.kill(pid, 'SIGTERM');
  while (runs(pid)) await sleep(100);
  const data = env['DATA_DIR'] ?? '';
  const bad = new Running({
    args: ['--import', 'tsx', 'backend/main.ts', 'start', '--data-dir', data],
    cwd: root,
    env: { ...env, PORT: String(await freePort()), INTERNAL_PORT: String(await freePort()) },
    log: join(data, '../bad-release'),
  });
  writeFileSync(file, String(bad.pid));
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
