import { spawnSync } from 'node:child_process';
import { redisProgram } from '../../../backend/testing/redis.ts';
import type { Soil } from './ground.ts';

export type Versions = { readonly postgres: string; readonly redis: string };

/** What was struck, for the page of results. */
export function versionsOf({ postgres }: Soil): Versions {
  const program = redisProgram();
  if (program === null) return { postgres, redis: 'no Redis' };
  const said = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout;
  return { postgres, redis: `${program} ${/v=(\S+)/.exec(said)?.[1] ?? ''}` };
}
