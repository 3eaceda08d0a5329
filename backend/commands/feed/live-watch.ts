import type { FeedStatus, LiveObserver } from '../../market-data/live/feed.ts';
import type { LiveSource } from '../../market-data/live/live-source.ts';
import type { Metrics } from '../../metrics/registry.ts';
import type { PipelineWatch } from '../pipeline/watch.ts';
import { feedLabel } from './label.ts';

/** What a person is shown of a live feed. */
export type LiveDisplay = LiveObserver;

const CIRCUIT = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 } as const;

/** How a live feed is doing, for metrics, health and a person; of another feed it has nothing to say. */
export class LiveWatch implements LiveObserver {
  readonly #metrics: Metrics;
  readonly #display: LiveDisplay;
  readonly #pipeline: Pick<PipelineWatch, 'source'>;
  #source: LiveSource | null = null;
  #reconnects = 0;
  #unreadable = { malformed: 0, unknown: 0 };
  #repeats = 0;
  #lastError: { readonly reason: string; readonly at: number } | null = null;

  constructor(options: { metrics: Metrics; display: LiveDisplay; pipeline: Pick<PipelineWatch, 'source'> }) {
    this.#metrics = options.metrics;
    this.#display = options.display;
    this.#pipeline = options.pipeline;
    options.metrics.beforeScrape(() => this.#show());
  }

  watch(source: LiveSource): void {
    this.#source = source;
  }

  status(): FeedStatus | null {
    return this.#source?.status() ?? null;
  }

  /** What was said last when the connection ended or was refused; `at` in ms of the feed's clock. */
  lastError(): { readonly reason: string; readonly at: number } | null {
    return this.#lastError;
  }

  standby(): void {
    this.#display.standby();
  }

  backfilled(...[span]: Parameters<LiveObserver['backfilled']>): void {
    this.#display.backfilled(span);
  }

  heard(...[event]: Parameters<LiveObserver['heard']>): void {
    const feed = this.#feed();
    if (event.kind === 'DISCONNECTED') this.#lastError = { reason: event.reason, at: event.at };
    if (event.kind === 'STALLED' && feed !== null) this.#metrics.feedStalls.inc({ feed });
    this.#display.heard(event);
  }

  #show(): void {
    const status = this.status();
    const feed = this.#feed();
    if (status === null || feed === null) return;
    const metrics = this.#metrics;
    metrics.feedConnected.set({ feed }, status.phase === 'STREAMING' || status.phase === 'STANDBY' ? 1 : 0);
    metrics.feedReconnects.inc({ feed }, Math.max(0, status.reconnects - this.#reconnects));
    this.#reconnects = Math.max(this.#reconnects, status.reconnects);
    for (const cause of ['malformed', 'unknown'] as const)
      metrics.feedUnreadable.inc({ feed, cause }, Math.max(0, status.unreadable[cause] - this.#unreadable[cause]));
    this.#unreadable = status.unreadable;
    const timeframe = this.#pipeline.source()?.timeframe ?? '1m';
    metrics.bars.inc({ feed, timeframe, result: 'duplicate' }, Math.max(0, status.repeats - this.#repeats));
    this.#repeats = status.repeats;
    metrics.feedStalledSince.set({ feed }, (status.stalledSince ?? 0) / 1_000);
    metrics.openGaps.set({ feed }, status.openGaps);
    metrics.dependencyCircuitState.set(
      { dependency: feed === 'coinbase' ? 'coinbase' : 'alpaca' },
      CIRCUIT[status.circuit],
    );
  }

  #feed() {
    const source = this.#pipeline.source();
    return source === null ? null : feedLabel(source.feed);
  }
}
