import type { LiveObserver } from '../../market-data/live/feed.ts';
import type { LiveSource } from '../../market-data/live/live-source.ts';
import type { Speed } from '../../market-data/pacing.ts';
import type { MarketDataSource } from '../../market-data/source.ts';
import type { Metrics } from '../../metrics/registry.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Pool } from '../../platform/database/pool.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Settings } from '../../settings.ts';

export type SourceSettings = Settings<'pipeline'>;

export type ChosenSource = {
  readonly speed: Speed;
  /** For a person. */
  readonly description: string;
  /** A replay ends; a market, invented or not, does not. */
  readonly ends: boolean;
  /** Whether it can be read, where that can be said before anything is started. Throws a UserError. */
  readonly check: () => Promise<unknown>;
  readonly open: (platform: SourcePlatform) => Promise<OpenedSource>;
};

/** What a live feed needs of the running service. */
export type SourcePlatform = {
  readonly databaseUrl: string;
  readonly pool: Pool;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly observer: LiveObserver;
  readonly signal: AbortSignal;
};

export type OpenedSource = {
  readonly source: MarketDataSource;
  /** A venue, with the time that it is there and how it is doing; null for what is played back or invented. */
  readonly live: { readonly source: LiveSource; readonly clock: Clock; readonly close: () => Promise<void> } | null;
};
