import type { Catalogue } from '../../metrics/catalogue.ts';
import type { Metrics } from '../../metrics/registry.ts';
import type { Cache } from './cache.ts';

type CacheName = Catalogue['cacheHits']['labels']['cache'][number];

/** The same cache, with what was found in it counted under a name. */
export function countedCache(
  cache: Cache,
  name: CacheName,
  metrics: Pick<Metrics, 'cacheHits' | 'cacheMisses'>,
): Cache {
  return {
    async get(key) {
      const text = await cache.get(key);
      metrics[text === null ? 'cacheMisses' : 'cacheHits'].inc({ cache: name });
      return text;
    },
    set: (key, text, ttlMs) => cache.set(key, text, ttlMs),
  };
}
