import { DataWindow } from '../features/data-window.ts';
import { FeatureEngine, type FeatureEngineOptions } from '../features/feature-engine.ts';
import { LONGEST_ANCHOR, WARM_UP_BARS } from '../features/feature-spec.ts';
import { shardOf } from '../market-data/store/ingest.ts';
import { readBarsAfter, readBarsFrom, readLastRegularBars } from '../market-data/store/read.ts';
import { Settlement } from '../outcomes/settlement.ts';
import type { EntityManager } from '../platform/database/orm.ts';
import type { Pool } from '../platform/database/pool.ts';
import type { FaultPoints } from '../platform/fault-point.ts';
import { DataContents } from './data-content.ts';
import type { DecisionModel } from './decision-model.ts';
import { type EngineState, takeIn } from './engine.ts';
import type { EngineContext } from './engine-context.ts';
import { PositionMoved, readCancellations, readOpenSignals, readPosition, writeStep } from './engine-store.ts';
import { factsOf } from './signal-event.ts';
import { type TickResult, type TickState, takeBack, tick, toOpenSignal } from './tick.ts';

export type EngineRunnerOptions = {
  readonly pool: Pool;
  readonly em: EntityManager;
  readonly context: EngineContext;
  /** The model for the instruments of each calendar. */
  readonly models: ReadonlyMap<string, DecisionModel>;
  readonly faults: FaultPoints;
  /** Told before the transaction begins, and again when it is repeated. */
  readonly onDecided: (ticks: readonly TickResult[]) => void;
  /** Told after each commit: what was done, the seq of the newest event of it (null when there was none), and how long it took. */
  readonly onStep: (ticks: readonly TickResult[], lastSeq: number | null, seconds: number) => void;
  /** Makes the feature engine, for whoever wants to watch it. */
  readonly features?: ((options: FeatureEngineOptions) => FeatureEngine) | undefined;
  /** Another engine of this shard was quicker, or a cancellation. */
  readonly onOvertaken?: (error: Error) => void;
};

// Bars in one transaction while catching up. Live there is one minute of bars at a time.
const BARS_PER_STEP = 1_000;

/**
 * Reads the input log of a shard from its stored position and writes what the ticks say. State lives in memory and is only ever a function
 * of what is stored: after any failure it is thrown away and built again from the database.
 */
export class EngineRunner {
  readonly #options: EngineRunnerOptions;
  readonly #shard: string;
  #state: TickState | null = null;
  #position = 0;
  #cancellations = 0;

  constructor(options: EngineRunnerOptions) {
    this.#options = options;
    this.#shard = shardOf(options.context.source);
  }

  /**
   * Works until no bar is left. Throws when the database does; the next call begins with a rebuilt state. Where another engine works on the
   * same shard it goes on from where that one stands, and where a signal is cancelled while it works, it works that
   * step out anew.
   */
  async catchUp(signal?: AbortSignal): Promise<void> {
    while (signal?.aborted !== true) {
      try {
        this.#state ??= await this.#rebuild();
        if (!(await this.#stepOnce(this.#state))) return;
      } catch (error) {
        this.#state = null;
        if (!(error instanceof PositionMoved)) throw error;
        this.#options.onOvertaken?.(error);
      }
    }
  }

  async #stepOnce(state: TickState): Promise<boolean> {
    const { pool, em, faults, onDecided, onStep } = this.#options;
    for (const cancellation of await readCancellations(pool, this.#shard, this.#cancellations)) {
      takeBack(state, cancellation);
      this.#cancellations = cancellation.number;
    }
    const bars = await readBarsAfter(pool, this.#shard, this.#position, BARS_PER_STEP);
    const last = bars.at(-1);
    if (last === undefined) return false;

    const begin = performance.now();
    const ticks = bars.map((bar) => tick(state, bar));
    onDecided(ticks);
    if (ticks.some((result) => result.changes.length > 0)) faults.reach('settlement.changed');
    if (ticks.some((result) => result.events.length > 0)) faults.reach('step.before-append');
    const [fromSeq, upToSeq] = [this.#position, last.ingestSeq];
    const step = { shard: this.#shard, fromSeq, upToSeq, cancellations: this.#cancellations, ticks };
    const lastSeq = await writeStep(em, step, { beforeCommit: () => faults.reach('step.before-commit') });
    faults.reach('step.committed');
    this.#position = last.ingestSeq;
    onStep(ticks, lastSeq, (performance.now() - begin) / 1_000);
    return true;
  }

  /** The state as it was at the stored position: features by replaying the warm-up, settlement by replaying the bars since each signal. */
  async #rebuild(): Promise<TickState> {
    const { pool, context, models } = this.#options;
    const position = await readPosition(pool, this.#shard);
    this.#position = position.ingestSeq;
    this.#cancellations = position.cancellations;
    const { timeframe } = context.source;
    const options = { timeframe, capacity: context.instruments.size };
    const features = this.#options.features?.(options) ?? new FeatureEngine(options);
    const [window, contents] = [new DataWindow(timeframe), new DataContents()];
    const engine: EngineState = { context, features, window, contents, models, open: new Map(), voided: new Map() };
    const state: TickState = { engine, settlement: new Settlement(), facts: new Map() };
    if (this.#position === 0) return state;
    for (const instrument of context.instruments.values()) await this.#warmUp(engine, instrument.id);
    await this.#restoreOpenSignals(state);
    return state;
  }

  async #warmUp(engine: EngineState, instrumentId: string): Promise<void> {
    const count = WARM_UP_BARS + LONGEST_ANCHOR[engine.context.source.timeframe];
    for (const bar of await readLastRegularBars(this.#options.pool, this.#known(instrumentId), count))
      takeIn(engine, bar);
  }

  async #restoreOpenSignals(state: TickState): Promise<void> {
    const { pool, context } = this.#options;
    for (const { signal, state: stored, decisionIngestSeq } of await readOpenSignals(pool, context.source.sourceId)) {
      const open = toOpenSignal(state, signal);
      const bars = await readBarsFrom(pool, this.#known(open.instrumentId), open.dataFrom);
      state.settlement.restore(
        open,
        bars.filter((bar) => bar.ingestSeq > decisionIngestSeq),
      );
      state.facts.set(signal.id, factsOf(signal));
      state.engine.open.set(open.instrumentId, { id: signal.id, side: signal.side, triggered: stored === 'TRIGGERED' });
    }
  }

  #known(instrumentId: string) {
    return {
      instrumentId,
      timeframe: this.#options.context.source.timeframe,
      shard: this.#shard,
      upToSeq: this.#position,
    };
  }
}
