import { calendarById } from '../../calendar/index.ts';
import type { WakeUp } from '../../delivery/wake-up.ts';
import { PUBLIC_STREAM } from '../../log/event.ts';
import type { SourceBar } from '../../market-data/bar.ts';
import { wakeUpName } from '../../market-data/bar-streams/streams.ts';
import type { CheckedDay } from '../../market-data/ingestion-days/day.ts';
import type { Instrument } from '../../market-data/instrument.ts';
import type { QuarantinedRow, SourceDescription } from '../../market-data/source.ts';
import { shardOf } from '../../market-data/store/ingest.ts';
import { catalogue } from '../../metrics/catalogue.ts';
import type { Metrics } from '../../metrics/registry.ts';
import { modelName, type StoredModel } from '../../models/registry.ts';
import type { FeedState } from '../../operations/checks.ts';
import type { Clock } from '../../platform/clock.ts';
import { quote } from '../../platform/errors.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { ChosenModel } from '../../signals/choose-models.ts';
import type { DecisionModel } from '../../signals/decision-model.ts';
import type { PipelineObserver } from '../../signals/pipeline.ts';
import type { Signal } from '../../signals/signal.ts';
import type { TickResult } from '../../signals/tick.ts';
import { feedLabel } from '../feed/label.ts';

/** What a person is shown of the work, apart from metrics and wake-ups. */
export type PipelineDisplay = Pick<PipelineObserver, 'described' | 'training' | 'trainingProgress' | 'modelsChosen'> & {
  stored(rows: number): void;
};

/** What the pipeline has done since it started. */
export type Totals = {
  bars: number;
  duplicates: number;
  corrected: number;
  quarantined: number;
  decided: number;
  published: number;
  withheld: Map<string, number>;
  changes: Map<string, number>;
};

/** An instrument without a bar in so many minutes of a session is stale. */
const STALE_AFTER_MINUTES = 2;
/** Where an instrument had no bar yet. ms */
const LONG_AGO = 86_400_000;
const SIDES = ['LONG', 'SHORT'] as const;

export class PipelineWatch implements PipelineObserver {
  readonly totals: Totals = {
    bars: 0,
    duplicates: 0,
    corrected: 0,
    quarantined: 0,
    decided: 0,
    published: 0,
    withheld: new Map(),
    changes: new Map(),
  };
  readonly #metrics: Metrics;
  readonly #wakeUp: WakeUp;
  readonly #clock: Clock;
  readonly #display: PipelineDisplay;
  readonly #requireEdge: boolean;
  readonly #log: Logger;
  readonly #onDay: (checked: CheckedDay) => void;
  #source: SourceDescription | null = null;
  /** By instrument, ms. */
  readonly #newestBarEnds = new Map<string, number>();
  #phase: FeedState['state'] = 'running';
  /** Why nothing is published, by calendar. */
  readonly #notices = new Map<string, string>();
  /** The version that each model is used in. */
  readonly #versions = new Map<string, { model: string; version: string; sha256: string }>();
  /** A repeated transaction must not make the same signal due twice. */
  #dueUpTo = 0;
  readonly #startedAt = performance.now();
  #endedAt: number | null = null;
  #refused = 0;

  constructor(options: {
    metrics: Metrics;
    wakeUp: WakeUp;
    clock: Clock;
    display: PipelineDisplay;
    requireEdge: boolean;
    log: Logger;
    onDay: (checked: CheckedDay) => void;
  }) {
    this.#metrics = options.metrics;
    this.#wakeUp = options.wakeUp;
    this.#clock = options.clock;
    this.#display = options.display;
    this.#requireEdge = options.requireEdge;
    this.#log = options.log;
    this.#onDay = options.onDay;
    this.#metrics.beforeScrape(() => this.#showStale());
  }

  /** From the first look at the source until now, or until it ended. */
  seconds(): number {
    return ((this.#endedAt ?? performance.now()) - this.#startedAt) / 1_000;
  }

  phase(): FeedState['state'] {
    return this.#phase;
  }

  /** The feed as one of its markets sees it. */
  feedState(market: string): Omit<FeedState, 'live'> {
    const newest = this.#newestOf(market);
    return { state: this.#phase, newestBarEnd: newest === Number.NEGATIVE_INFINITY ? null : newest };
  }

  source(): SourceDescription | null {
    return this.#source;
  }

  /** Why nothing is published, null while signals may be. */
  notice(): string | null {
    return this.#notices.values().next().value ?? null;
  }

  ended(phase: FeedState['state']): void {
    this.#phase = phase;
    this.#endedAt = performance.now();
  }

  described(source: SourceDescription): void {
    this.#source = source;
    for (const market of this.#markets()) this.#countFromZero(market, source);
    this.#display.described(source);
  }

  /**
   * A counter that begins with its first event has risen by none. What is due and what is published have the same labels and begin at once:
   * whoever compares them over a window has one as long as the other.
   */
  #countFromZero(market: string, { timeframe, provenance }: SourceDescription): void {
    const { signalsDue, signalsPublished, signalsWithheld } = this.#metrics;
    const model = modelName(timeframe, market, provenance);
    for (const side of SIDES)
      for (const counter of [signalsDue, signalsPublished]) counter.inc({ market, model, side }, 0);
    for (const reason of catalogue.signalsWithheld.labels.reason) signalsWithheld.inc({ market, reason }, 0);
  }

  stored(...[result, batches, seconds]: Parameters<PipelineObserver['stored']>): void {
    const { totals } = this;
    totals.bars += result.stored;
    totals.duplicates += result.duplicate;
    totals.corrected += result.corrected;
    totals.quarantined += result.quarantined;
    if (this.#source !== null) this.#wakeUp.notify(wakeUpName(shardOf(this.#source)), result.lastSeq);
    const bars = batches.flatMap((batch) => batch.bars);
    this.#countStored(result, seconds);
    this.#tellRefused(batches.flatMap(({ quarantined }) => quarantined));
    const delay = (this.#clock.now() - (bars.at(-1)?.barEnd ?? this.#clock.now())) / 1_000;
    if (this.#source !== null && bars.length > 0)
      this.#metrics.barIngestDelay.observe({ feed: feedLabel(this.#source.feed) }, Math.max(0, delay));
    this.#showNewestBars(bars);
    const rows = batches.reduce((sum, batch) => sum + batch.bars.length + batch.quarantined.length, 0);
    this.#display.stored(rows);
  }

  #countStored(result: Parameters<PipelineObserver['stored']>[0], seconds: number): void {
    if (this.#source === null) return;
    const labels = { feed: feedLabel(this.#source.feed), timeframe: this.#source.timeframe };
    this.#metrics.bars.inc({ ...labels, result: 'stored' }, result.stored);
    this.#metrics.bars.inc({ ...labels, result: 'duplicate' }, result.duplicate);
    this.#metrics.bars.inc({ ...labels, result: 'rejected' }, result.quarantined);
    this.#metrics.quarantinedRows.inc({ feed: labels.feed }, result.quarantined);
    this.#metrics.pipelineStageDuration.observe({ stage: 'ingest' }, seconds);
  }

  /** Says why rows were set aside, at the first, second, fourth, eighth ... of them: a file full of mistakes is no log full of lines. */
  #tellRefused(rows: readonly QuarantinedRow[]): void {
    for (const { origin, line, reason, raw } of rows) {
      this.#refused += 1;
      if (!Number.isInteger(Math.log2(this.#refused))) continue;
      this.#log.warn('a row was set aside', { count: this.#refused, origin, line, reason, raw: quote(raw) });
    }
  }

  /** Each market has its own newest bar: coins that trade at night must not hide a stock feed that has died. */
  #showNewestBars(bars: readonly SourceBar[]): void {
    if (this.#source === null) return;
    for (const { instrumentId, barEnd } of bars)
      this.#newestBarEnds.set(instrumentId, Math.max(this.#newestBarEnds.get(instrumentId) ?? 0, barEnd));
    const { timeframe, feed } = this.#source;
    for (const market of this.#markets())
      this.#metrics.lastBar.set(
        { feed: feedLabel(feed), market, timeframe },
        Math.max(0, this.#newestOf(market)) / 1_000,
      );
  }

  #showStale(): void {
    const source = this.#source;
    if (source === null || source.timeframe !== '1m') return;
    const now = this.#clock.now();
    for (const market of this.#markets()) {
      const calendar = calendarById(market);
      if (now - LONG_AGO < calendar.validFrom || now >= calendar.validUntil) continue;
      const isStale = ({ id }: Instrument): boolean => {
        const end = this.#newestBarEnds.get(id) ?? now - LONG_AGO;
        return calendar.tradingMinutesBetween(Math.min(end, now), now) > STALE_AFTER_MINUTES;
      };
      const instruments = this.#instrumentsOf(market);
      const stale = instruments.filter(isStale).length;
      this.#metrics.symbols.set({ feed: feedLabel(source.feed), market }, instruments.length);
      this.#metrics.symbolsStale.set(
        { feed: feedLabel(source.feed), market },
        calendar.sessionAt(now) === null ? 0 : stale,
      );
    }
  }

  #markets(): readonly string[] {
    return [...new Set(this.#source?.instruments.map(({ calendar }) => calendar))];
  }

  #instrumentsOf(market: string): readonly Instrument[] {
    return this.#source?.instruments.filter(({ calendar }) => calendar === market) ?? [];
  }

  #newestOf(market: string): number {
    return this.#instrumentsOf(market).reduce(
      (newest, { id }) => Math.max(newest, this.#newestBarEnds.get(id) ?? Number.NEGATIVE_INFINITY),
      Number.NEGATIVE_INFINITY,
    );
  }

  training(calendar: string): void {
    this.#display.training(calendar);
  }

  trainingProgress(...parameters: Parameters<PipelineObserver['trainingProgress']>): void {
    this.#display.trainingProgress(...parameters);
  }

  modelsChosen(models: readonly ChosenModel[]): void {
    for (const entry of models) {
      if (entry.model === null) {
        this.#metrics.trainingRuns.inc({ result: 'failed' });
        this.#notices.set(entry.calendar, `There is no model for ${entry.calendar}: ${entry.reason}`);
        this.#log.warn('there is no model', { calendar: entry.calendar, reason: entry.reason });
        continue;
      }
      const { name, version, sha256, artifact } = entry.model;
      this.#noticeEdge(entry.calendar, entry.model);
      if (entry.trained) this.#metrics.trainingRuns.inc({ result: 'succeeded' });
      const [before, labels] = [this.#versions.get(name), { model: name, version: String(version), sha256 }];
      if (before !== undefined) this.#metrics.modelVersion.remove(before);
      this.#versions.set(name, labels);
      this.#metrics.modelVersion.set(labels, 1);
      // Not where training ended: what calibrated and judged it came later, and it has seen that.
      this.#metrics.modelTrained.set({ model: name }, artifact.split.windows.test.until / 1_000);
    }
    this.#display.modelsChosen(models);
  }

  #noticeEdge(calendar: string, { id, artifact }: StoredModel): void {
    const shown = SIDES.filter((side) => artifact.metrics[side].edge === 'SHOWN');
    this.#notices.delete(calendar);
    if (this.#requireEdge && shown.length === 0)
      this.#notices.set(
        calendar,
        `REQUIRE_EDGE is on and model ${id} has not shown an edge over its baselines: nothing is published.`,
      );
  }

  watched(model: DecisionModel): DecisionModel {
    const labels = { model: model.version.name, version: String(model.version.version) };
    const { predictions, inferenceDuration } = this.#metrics;
    return {
      ...model,
      score(values, side) {
        const begin = performance.now();
        const prediction = model.score(values, side);
        inferenceDuration.observe(labels, (performance.now() - begin) / 1_000);
        predictions.inc({ ...labels, side });
        return prediction;
      },
    };
  }

  decided(ticks: readonly TickResult[]): void {
    for (const { ingestSeq, market, published } of ticks) {
      if (ingestSeq <= this.#dueUpTo) continue;
      for (const signal of published) this.#metrics.signalsDue.inc(labelsOf(market, signal));
    }
    this.#dueUpTo = Math.max(this.#dueUpTo, ticks.at(-1)?.ingestSeq ?? 0);
  }

  dayChecked(checked: CheckedDay): void {
    this.#onDay(checked);
  }

  stepped(ticks: readonly TickResult[], lastSeq: number | null, seconds: number): void {
    this.#metrics.pipelineStageDuration.observe({ stage: 'step' }, seconds);
    for (const tick of ticks) this.#countTick(tick);
    if (lastSeq === null) return;
    this.#metrics.eventLogHead.set({ stream: PUBLIC_STREAM }, lastSeq);
    this.#wakeUp.notify(PUBLIC_STREAM, lastSeq);
  }

  #countTick(tick: TickResult): void {
    const { totals } = this;
    const metrics = this.#metrics;
    totals.decided += 1;
    totals.published += tick.published.length;
    if (tick.withheld !== null) {
      totals.withheld.set(tick.withheld, (totals.withheld.get(tick.withheld) ?? 0) + 1);
      metrics.signalsWithheld.inc({ market: tick.market, reason: tick.withheld });
    }
    if (tick.events.length > 0) metrics.eventLogAppends.inc(tick.events.length);
    for (const signal of tick.published) metrics.signalsPublished.inc(labelsOf(tick.market, signal));
    for (const change of tick.changes) {
      totals.changes.set(change.type, (totals.changes.get(change.type) ?? 0) + 1);
      if (change.type !== 'TRIGGERED') metrics.signalOutcomes.inc({ result: change.type });
      if (change.outcome === undefined) continue;
      metrics.signalOutcomeR.observe(Number(change.outcome.netR));
      metrics.predictionsResolved.inc({ correct: Number(change.outcome.grossR) > 0 ? 'true' : 'false' });
    }
  }
}

function labelsOf(
  market: string,
  { modelVersion, side }: Signal,
): { readonly market: string; readonly model: string; readonly side: Signal['side'] } {
  return { market, model: modelVersion.name, side };
}
