import { createRemoteJWKSet, customFetch, type FetchImplementation, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../platform/clock.ts';

export type KeySetOptions = {
  readonly url: string;
  readonly clock: Clock;
  readonly fetch: FetchImplementation;
};

/** A new key is asked for once in this time, however many tokens name a key that nobody knows. */
const COOL_DOWN_MS = 30_000;
/** Keys are used for so long without being asked for again; a provider that is away any longer lets nobody in. */
const MAX_AGE_MS = 10 * 60_000;
/** The library asks again at once after a failure; a provider that is down must not be asked by every request. */
const FAILURE_PAUSE_MS = 5_000;

/** The provider's keys did not come; a credential can be neither trusted nor refused. */
export class KeySetUnavailable extends Error {}

/** The public keys of the issuer, by the id that a token names: fetched when first needed, and again when a new one appears. */
export function remoteKeySet({ url, clock, fetch }: KeySetOptions): JWTVerifyGetKey {
  let failedAt = Number.NEGATIVE_INFINITY;
  const once: FetchImplementation = async (address, options) => {
    if (clock.now() - failedAt < FAILURE_PAUSE_MS) throw new KeySetUnavailable('the key set failed a moment ago');
    try {
      const answer = await fetch(address, options);
      if (answer.status !== 200) throw new Error(`the key set answered ${answer.status}`);
      return answer;
    } catch (error) {
      failedAt = clock.now();
      throw new KeySetUnavailable('the key set of the issuer did not come', { cause: error });
    }
  };
  return createRemoteJWKSet(new URL(url), {
    cooldownDuration: COOL_DOWN_MS,
    cacheMaxAge: MAX_AGE_MS,
    timeoutDuration: 5_000,
    [customFetch]: once,
  });
}
