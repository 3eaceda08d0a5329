import { describe } from 'vitest';
import { redisProgram } from './redis.ts';

/** A part of a suite that needs a real server. Where there is none it says so, and `.ci/run` takes that for a failure. */
export function describeWithRedis(name: string, suite: () => void): void {
  if (redisProgram() !== null) {
    describe(name, suite);
    return;
  }
  process.stdout.write('not run: redis-server is missing\n');
  describe.skip(`${name} (not run: redis-server is missing)`, suite);
}
