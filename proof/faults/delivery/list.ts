import { spawnSync } from 'node:child_process';
import { variables } from '../../../backend/settings.ts';
import { clientFaults } from './client-faults.ts';
import { databaseFaults } from './database-faults.ts';
import type { Fault } from './fault.ts';
import { processFaults } from './process-faults.ts';
import { restoreFaults } from './restore-faults.ts';

export const faults: readonly Fault[] = [...clientFaults, ...databaseFaults, ...processFaults, ...restoreFaults];

const NO_REDIS = 'REDIS_URL' in variables ? 'nothing here strikes Redis' : 'this build has no Redis';

/** Faults of the list that nothing here makes happen, each with what is missing. */
export const notRun: Readonly<Record<string, string>> = {
  F04: 'retention needs a partition of a million events; backend/log/retention.test.ts does it with small ones',
  ...Object.fromEntries(['F11', 'F12', 'F13', 'F14', 'F15', 'F16', 'F17', 'F18', 'F19'].map((id) => [id, NO_REDIS])),
  F22: 'there is no standby',
  F29: 'this build does not spread the end of its sockets over the drain',
  F30: 'there is one version of the schema',
  F53: 'needs a file system that can be filled',
  F54: 'needs a file system that can be filled',
};

/** What a fault needs of this machine and does not find; null when all is there. */
export function missingFor({ id }: Fault): string | null {
  if (process.platform !== 'linux') return 'Linux';
  if (id === 'F55' && spawnSync('prlimit', ['--version']).status !== 0) return 'prlimit';
  return null;
}
