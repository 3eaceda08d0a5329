import type { Pool } from '../../platform/database/pool.ts';

/** A pool that counts its statements. */
export function watched(pool: Pool, onQuery: () => void): Pool {
  return new Proxy(pool, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name);
      return (...parameters: Parameters<Pool['query']>) => {
        onQuery();
        return target.query(...parameters);
      };
    },
  });
}
