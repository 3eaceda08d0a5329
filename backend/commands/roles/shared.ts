import { randomUUID } from 'node:crypto';
import { InProcessWakeUp, type WakeUp } from '../../delivery/wake-up.ts';
import { redisCheck, wakeUpCheck } from '../../operations/checks.ts';
import type { HealthCheck } from '../../operations/health.ts';
import { type Cache, InProcessCache } from '../../platform/cache/cache.ts';
import { wallClock } from '../../platform/clock.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { VERSION } from '../version.ts';
import type { RoleSettings } from './settings.ts';

/** What processes that work on one database have in common besides it, or what stands for it in a process that is alone. */
export type Shared = { readonly wakeUp: WakeUp; readonly cache: Cache; readonly check: HealthCheck };

const CACHE_BYTES = 16 * 1024 * 1024;

/** Begins to connect where a server is named; its end goes into the lifecycle. */
export async function openShared({ log, metrics, lifecycle }: Runtime, { common, api }: RoleSettings): Promise<Shared> {
  if (common.REDIS_URL === null) {
    const wakeUp = new InProcessWakeUp();
    const cache = new InProcessCache({ bytes: CACHE_BYTES, monotonic: () => performance.now() });
    return { wakeUp, cache, check: wakeUpCheck(wakeUp, 'in the process') };
  }
  const [{ RedisServer }, { RedisCache }, { RedisWakeUp }, { AccessTokens }] = await Promise.all([
    import('../../platform/cache/redis.ts'),
    import('../../platform/cache/redis-cache.ts'),
    import('../../delivery/wake-up-redis.ts'),
    import('../../platform/google/access-tokens.ts'),
  ]);
  const tokens = new AccessTokens({ host: common.GCE_METADATA_HOST, clock: wallClock });
  const server = new RedisServer({
    url: common.REDIS_URL,
    proof: {
      authorities: common.REDIS_CA,
      password: common.REDIS_AUTH === 'google' ? () => tokens.get() : null,
    },
    prefix: common.REDIS_KEY_PREFIX,
    ...{ log, metrics, random: Math.random },
  });
  const wakeUp = new RedisWakeUp({ server, metrics, id: randomUUID(), listens: api !== null });
  lifecycle.onStop('Redis', () => server.close());
  server.open();
  wakeUp.open();
  return { wakeUp, cache: new RedisCache(server, common.BUILD_COMMIT ?? VERSION), check: redisCheck(server) };
}
