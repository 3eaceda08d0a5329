import { spawnSync } from 'node:child_process';
import { redisProgram } from '../../../backend/testing/redis.ts';
import { clientFaults } from './client-faults.ts';
import { databaseFaults } from './database-faults.ts';
import { deployFaults } from './deploy-faults.ts';
import { SmallDisk } from './disk.ts';
import { diskFaults } from './disk-faults.ts';
import { failoverFaults } from './failover-faults.ts';
import type { Fault } from './fault.ts';
import { processFaults } from './process-faults.ts';
import { redisFaults } from './redis-faults.ts';
import { restoreFaults } from './restore-faults.ts';

/** By their ids. */
export const faults: readonly Fault[] = [
  ...clientFaults,
  ...databaseFaults,
  ...deployFaults,
  ...diskFaults,
  ...failoverFaults,
  ...processFaults,
  ...redisFaults,
  ...restoreFaults,
].sort((a, b) => (a.id < b.id ? -1 : 1));

const NEEDS_REDIS: ReadonlySet<string> = new Set(redisFaults.map(({ id }) => id));
const NEEDS_DISK: ReadonlySet<string> = new Set(diskFaults.map(({ id }) => id));

/** What a fault needs of this machine and does not find; null when all is there. */
export function missingFor(id: string): string | null {
  if (process.platform !== 'linux') return 'Linux';
  if (NEEDS_REDIS.has(id) && !hasRedis) return 'redis-server is missing';
  if (NEEDS_DISK.has(id) && !hasDisk) return 'a file system that can be filled takes root';
  if (id === 'F55' && spawnSync('prlimit', ['--version']).status !== 0) return 'prlimit is missing';
  return null;
}

const hasRedis = redisProgram() !== null;
const hasDisk = SmallDisk.isPossible();
