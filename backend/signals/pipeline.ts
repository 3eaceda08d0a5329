import { setTimeout as sleep } from 'node:timers/promises';
import { calendarById } from '../calendar/index.ts';
import type { FeatureEngine, FeatureEngineOptions } from '../features/feature-engine.ts';
import { chunksOf } from '../market-data/chunks.ts';
import { readStoredActions } from '../market-data/corporate-actions/store.ts';
import type { FeedClock } from '../market-data/feed-clock.ts';
import type { CheckedDay } from '../market-data/ingestion-days/day.ts';
import { IngestionDays } from '../market-data/ingestion-days/ingestion-days.ts';
import { RollupWriter } from '../market-data/rollup/rollup-writer.ts';
import type { MarketDataSource, SourceBatch, SourceDescription } from '../market-data/source.ts';
import { BarIngest, type IngestResult, shardOf } from '../market-data/store/ingest.ts';
import type { ModelRegistry, StoredModel } from '../models/registry.ts';
import type { TrainProgress } from '../models/train.ts';
import type { EntityManager } from '../platform/database/orm.ts';
import { isGivenUp, isTransient, type Pool } from '../platform/database/pool.ts';
import type { FaultPoints } from '../platform/fault-point.ts';
import type { Logger } from '../platform/telemetry/logger.ts';
import { type ChosenModel, chooseModels, newerModels } from './choose-models.ts';
import { type DecisionModel, toDecisionModel } from './decision-model.ts';
import type { EngineContext } from './engine-context.ts';
import { EngineRunner } from './engine-runner.ts';
import type { PublicationPolicy } from './policy.ts';
import type { TickResult } from './tick.ts';

export type PipelineOptions = {
  readonly source: MarketDataSource;
  readonly pool: Pool;
  readonly em: EntityManager;
  readonly registry: ModelRegistry;
  readonly clock: FeedClock;
  /** Times real time after the history; 0 for a feed that does not wait. */
  readonly speed: number;
  readonly policy: PublicationPolicy;
  readonly faults: FaultPoints;
  readonly log: Logger;
  readonly observer: PipelineObserver;
};

/** What the pipeline tells while it works; calls are cheap and must not throw. */
export type PipelineObserver = {
  described(source: SourceDescription): void;
  stored(result: IngestResult, batches: readonly SourceBatch[], seconds: number): void;
  training(calendar: string): void;
  trainingProgress(progress: TrainProgress): void;
  modelsChosen(models: readonly ChosenModel[]): void;
  /** Wraps a model to watch what it is asked. */
  watched(model: DecisionModel): DecisionModel;
  /** Makes the feature engine, where somebody watches it. */
  features?(options: FeatureEngineOptions): FeatureEngine;
  /** Before the ticks are written; told again when the writing is repeated. */
  decided(ticks: readonly TickResult[]): void;
  stepped(ticks: readonly TickResult[], lastSeq: number | null, seconds: number): void;
  /** A session was counted after its close. */
  dayChecked(checked: CheckedDay): void;
};

const BARS_PER_CHUNK = 2_000;
const RETRY_MS = 250;
/** A version more or less an hour earlier is no matter. */
const LOOK_FOR_MODELS_MS = 3_600_000;

/**
 * From a source to the event log: stores bars, chooses or trains the models once the history is in, then keeps the engine at the head of
 * the input log. Ends with the source, or throws the reason of an abort. A database that is away is waited for.
 */
export async function runPipeline(options: PipelineOptions, signal: AbortSignal): Promise<void> {
  const source = await options.source.describe();
  options.observer.described(source);
  const pipeline = new Pipeline(options, source, signal);
  await pipeline.run();
}

class Pipeline {
  readonly #options: PipelineOptions;
  readonly #source: SourceDescription;
  readonly #signal: AbortSignal;
  readonly #ingest: BarIngest;
  readonly #rollups: RollupWriter;
  readonly #days: IngestionDays;
  #engine: EngineRunner | null = null;
  /** What decides, and the stored versions that it was made of, by calendar. */
  readonly #models = new Map<string, DecisionModel>();
  readonly #inUse = new Map<string, StoredModel>();
  /** When versions that were trained meanwhile were last looked for, by the time of the data; ms. */
  #lookedAt = 0;

  constructor(options: PipelineOptions, source: SourceDescription, signal: AbortSignal) {
    this.#options = options;
    this.#source = source;
    this.#signal = signal;
    this.#ingest = new BarIngest(options.pool);
    this.#rollups = new RollupWriter(options.pool, source);
    const onDay = (checked: CheckedDay): void => options.observer.dayChecked(checked);
    this.#days = new IngestionDays({ pool: options.pool, source, onDay });
  }

  async run(): Promise<void> {
    await this.#patiently('register', () => this.#ingest.register(this.#source));
    const resumeAfter = await this.#patiently('resume', () => this.#ingest.resumeAfter(shardOf(this.#source)));
    if (resumeAfter !== undefined) await this.#moveOn(resumeAfter);
    const from = resumeAfter === undefined ? {} : { resumeAfter };
    const { pool } = this.#options;
    const actions = await this.#patiently('read corporate actions', () =>
      readStoredActions(pool, this.#source.sourceId),
    );
    const batches = this.#options.source.batches({ signal: this.#signal, actions, ...from });
    for await (const chunk of chunksOf(batches, BARS_PER_CHUNK)) {
      await this.#store(chunk);
      await this.#moveOn(chunk.at(-1)?.knownTime ?? 0);
    }
    // A file may end inside its own history: then the history is all there is.
    await this.#startEngine();
    await this.#patiently('step', async () => this.#engine?.catchUp(this.#signal));
    await this.#patiently('count the day', () => this.#days.ended());
    this.#options.clock.stop();
  }

  async #store(chunk: readonly SourceBatch[]): Promise<void> {
    const { observer, faults } = this.#options;
    const begin = performance.now();
    const result = await this.#patiently('store', () => this.#ingest.store(this.#source, chunk));
    observer.stored(result, chunk, (performance.now() - begin) / 1_000);
    faults.reach('bars.committed');
  }

  /** The feed has reached this moment: past the history the models decide. Longer bars come after the signals, which do not wait for them. */
  async #moveOn(knownTime: number): Promise<void> {
    const live = knownTime > this.#source.historyEnd;
    this.#options.clock.moveTo(knownTime, live ? this.#options.speed : 0);
    if (live) {
      await this.#startEngine();
      await this.#takeUpNewer(knownTime);
      await this.#patiently('step', async () => this.#engine?.catchUp(this.#signal));
    }
    await this.#patiently('roll up', () => this.#rollups.catchUp(this.#signal));
    await this.#patiently('count the day', () => this.#days.passed(knownTime));
  }

  async #startEngine(): Promise<void> {
    if (this.#engine !== null) return;
    const { pool, em, registry, policy, observer, faults, log } = this.#options;
    const source = this.#source;
    const chosen = await this.#patiently('choose models', () =>
      chooseModels({
        ...{ pool, em, registry, source },
        topShare: policy.topQuantile,
        onTraining: (calendar) => {
          observer.training(calendar);
          faults.reach('training.started');
        },
        onProgress: (progress) => observer.trainingProgress(progress),
      }),
    );
    if (chosen.some((entry) => entry.model !== null)) faults.reach('training.stored');
    this.#use(chosen);
    this.#engine = new EngineRunner({
      ...{ pool, em, models: this.#models, faults },
      context: contextOf(source, policy),
      features: observer.features?.bind(observer),
      onDecided: (ticks) => observer.decided(ticks),
      onStep: (ticks, lastSeq, seconds) => observer.stepped(ticks, lastSeq, seconds),
      onOvertaken: (error) => log.warn('another engine, or a cancellation, was there first', { error }),
    });
  }

  /** A version that was trained meanwhile decides from when it may on, and every signal names the version that it is of. */
  async #takeUpNewer(at: number): Promise<void> {
    if (at - this.#lookedAt < LOOK_FOR_MODELS_MS) return;
    this.#lookedAt = at;
    const { registry } = this.#options;
    const newer = await this.#patiently('look for models', () =>
      newerModels({ registry, source: this.#source }, this.#inUse, at),
    );
    if (newer.length > 0) this.#use(newer);
  }

  #use(chosen: readonly ChosenModel[]): void {
    const { observer } = this.#options;
    observer.modelsChosen(chosen);
    for (const { calendar, model } of chosen) {
      if (model === null) continue;
      this.#inUse.set(calendar, model);
      this.#models.set(calendar, observer.watched(toDecisionModel(model)));
    }
  }

  /** Runs work again until the database takes it: everything here may be repeated without a second effect. */
  async #patiently<T>(what: string, work: () => Promise<T>): Promise<T> {
    for (;;) {
      this.#signal.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        // Nobody waits for an answer, and a cold database is warmer the second time: to end and begin anew would ask the same again.
        if (!isTransient(error) && !isGivenUp(error)) throw error;
        this.#options.log.warn('the database is away, trying again', { doing: what, error });
        await sleep(RETRY_MS, undefined, { signal: this.#signal });
      }
    }
  }
}

function contextOf(source: SourceDescription, policy: PublicationPolicy): EngineContext {
  const instruments = new Map(source.instruments.map((instrument) => [instrument.id, instrument]));
  const calendars = new Map(source.instruments.map(({ id, calendar }) => [id, calendarById(calendar)]));
  const calendarOf = (instrumentId: string) => {
    const calendar = calendars.get(instrumentId);
    if (calendar === undefined) throw new Error(`Instrument ${instrumentId} is not part of ${source.sourceId}`);
    return calendar;
  };
  return { source, instruments, calendarOf, policy };
}
