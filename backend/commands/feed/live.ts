import type { LiveFeed } from '../../market-data/live/feed.ts';
import { LiveSource } from '../../market-data/live/live-source.ts';
import { AdvisoryLease } from '../../platform/database/advisory-lease.ts';
import { InvalidInput } from '../../platform/errors.ts';
import type { OpenedSource, SourcePlatform, SourceSettings } from './chosen-source.ts';

/** A venue's feed as a source of this process, once no other one follows it: equal names of a lease are one right. */
export function openLive(
  feed: LiveFeed,
  { leaseName, sessions }: { readonly leaseName: string; readonly sessions: number },
  { log, observer, databaseUrl }: SourcePlatform,
): OpenedSource {
  const lease = new AdvisoryLease({
    url: databaseUrl,
    name: leaseName,
    onError: (error) => log.warn('the lease of the feed cannot be asked for', { error }),
  });
  const source = new LiveSource({ feed, lease, log, observer, historySessions: sessions });
  return { source, live: { source, clock: feed.clock, close: () => feed.close() } };
}

/** Counts each request to a venue, and how long it took. */
export function requestWatch({ metrics }: SourcePlatform, provider: 'alpaca' | 'coinbase') {
  return (endpoint: string, outcome: 'ok' | 'refused' | 'failed', seconds: number): void => {
    metrics.marketDataApiRequests.inc({ provider, endpoint, outcome });
    metrics.marketDataApiDuration.observe({ provider, endpoint }, seconds);
  };
}

/** In production: throws an InvalidInput that names the first variable whose address is not the venue's own. */
export function refuseOtherHosts(
  { ENVIRONMENT }: Pick<SourceSettings, 'ENVIRONMENT'>,
  venue: string,
  addresses: readonly (readonly [variable: string, address: string, isOwn: (address: string) => boolean])[],
): void {
  const other = addresses.find(([, address, isOwn]) => !isOwn(address));
  if (ENVIRONMENT !== 'production' || other === undefined) return;
  throw new InvalidInput(
    other[0],
    other[1],
    `one of ${venue}'s own hosts when ENVIRONMENT is production: what another host says is REPLAY, and production takes real data only`,
  );
}
