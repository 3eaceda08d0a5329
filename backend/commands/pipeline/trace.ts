import type { TradingCalendar } from '../../calendar/index.ts';
import { FeatureEngine, type FeatureEngineOptions, type FeatureVector } from '../../features/feature-engine.ts';
import type { NumericBar } from '../../market-data/bar.ts';
import { withContext } from '../../platform/telemetry/context.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { type KnownStep, spanOfStep, type Tracing, traceOfEvent } from '../../platform/telemetry/tracing.ts';
import type { DecisionModel } from '../../signals/decision-model.ts';
import type { PipelineObserver } from '../../signals/pipeline.ts';
import type { Signal } from '../../signals/signal.ts';
import type { TickResult } from '../../signals/tick.ts';

/** ms since 1970. */
type Times = { readonly start: number; readonly end: number };
/** How long it took to make one signal, up to when it was put together. */
type Made = { readonly features: Times; readonly prediction: Times };

const NEVER: Times = { start: 0, end: 0 };

/**
 * Traces the way of each signal through this process: bar stored, features, prediction, signal, append. Bars that bring no signal leave no trace.
 * Everything else it hands on.
 */
export function tracedPipeline(watch: PipelineObserver, tracing: Tracing, log: Logger): PipelineObserver {
  const way = new Way(tracing, log);
  return {
    described: (source) => watch.described(source),
    training: (calendar) => watch.training(calendar),
    trainingProgress: (progress) => watch.trainingProgress(progress),
    modelsChosen: (models) => watch.modelsChosen(models),
    dayChecked: (checked) => watch.dayChecked(checked),
    features: (options) => new TimedFeatures(options, tracing, (times) => way.featured(times)),
    watched: (model) => way.watched(watch.watched(model)),
    stored(result, batches, seconds) {
      watch.stored(result, batches, seconds);
      const end = tracing.now();
      const bars = batches.flatMap((batch) => batch.bars);
      way.stored(bars, { start: end - seconds * 1_000, end });
    },
    decided(ticks) {
      watch.decided(ticks);
      way.decided(ticks);
    },
    stepped(ticks, lastSeq, seconds) {
      const traceId = way.stepped();
      withContext({ traceId }, () => watch.stepped(ticks, lastSeq, seconds));
    },
  };
}

/** What is known of the signals of one step of the engine, from the bar to the commit. */
class Way {
  readonly #tracing: Tracing;
  readonly #log: Logger;
  /** Bars that were stored last, by instrument and start, and when. The engine takes them before others are stored. */
  #stored: { readonly bars: ReadonlySet<string> } & Times = { bars: new Set(), ...NEVER };
  #features = NEVER;
  #prediction = NEVER;
  /** In the order in which they were put together. */
  #made: Made[] = [];
  #decided: { readonly signals: readonly (readonly [Signal, Made])[]; readonly at: number } = { signals: [], at: 0 };

  constructor(tracing: Tracing, log: Logger) {
    this.#tracing = tracing;
    this.#log = log;
  }

  stored(bars: readonly Place[], times: Times): void {
    this.#stored = { bars: new Set(bars.map(keyOf)), ...times };
  }

  featured(times: Times): void {
    this.#features = times;
    this.#prediction = NEVER;
  }

  watched(model: DecisionModel): DecisionModel {
    return {
      ...model,
      score: (values, side) => {
        const start = this.#tracing.now();
        const prediction = model.score(values, side);
        // Both sides of a bar are one prediction.
        const first = this.#prediction === NEVER ? start : this.#prediction.start;
        this.#prediction = { start: first, end: this.#tracing.now() };
        return prediction;
      },
      // Asked for once for each signal, and for nothing else.
      contributions: (values, side) => {
        this.#made.push({ features: this.#features, prediction: this.#prediction });
        return model.contributions(values, side);
      },
    };
  }

  /** Told again when the step is repeated; what was made before it is made anew then. */
  decided(ticks: readonly TickResult[]): void {
    const published = ticks.flatMap((tick) => tick.published);
    const made = this.#made.slice(-published.length);
    this.#made = [];
    const signals = published.flatMap((signal, index) => {
      const times = made[index];
      return times === undefined ? [] : [[signal, times] as const];
    });
    this.#decided = { signals, at: this.#tracing.now() };
  }

  /** Answers the trace of its last signal. */
  stepped(): string | undefined {
    const { signals, at } = this.#decided;
    const end = this.#tracing.now();
    this.#decided = { signals: [], at: 0 };
    return signals.map(([signal, made]) => this.#tell(signal, made, { start: at, end })).findLast(isTold);
  }

  #tell(signal: Signal, { features, prediction }: Made, append: Times): string | undefined {
    const traceId = traceOfEvent(signal.id, 'PUBLISHED');
    if (!this.#tracing.isKept(traceId)) return undefined;
    const decisionBar = { instrumentId: signal.instrument.id, barStart: Date.parse(signal.decisionBarStart) };
    const { bars, ...stored } = this.#stored;
    const steps: (readonly [KnownStep, Times])[] = [
      // One that was stored before this process began has no time here.
      ...(bars.has(keyOf(decisionBar)) ? [['bar', stored] as const] : []),
      ['features', features],
      ['prediction', prediction],
      ['signal', { start: prediction.end, end: append.start }],
      ['append', append],
    ];
    const attributes = { 'signal.id': signal.id, 'instrument.id': signal.instrument.id, 'signal.side': signal.side };
    let parentId: string | null = null;
    for (const [name, { start, end }] of steps) {
      const spanId = spanOfStep(traceId, name);
      this.#tracing.span({ traceId, name, spanId, parentId, start, end, attributes });
      parentId = spanId;
    }
    withContext({ traceId }, () => this.#log.info('a signal was traced', { signal: signal.id }));
    return traceId;
  }
}

const isTold = (traceId: string | undefined): traceId is string => traceId !== undefined;

type Place = { readonly instrumentId: string; readonly barStart: number };

function keyOf({ instrumentId, barStart }: Place): string {
  return `${instrumentId} ${barStart}`;
}

/** Tells how long each vector took. */
class TimedFeatures extends FeatureEngine {
  readonly #tracing: Tracing;
  readonly #tell: (times: Times) => void;

  constructor(options: FeatureEngineOptions, tracing: Tracing, tell: (times: Times) => void) {
    super(options);
    this.#tracing = tracing;
    this.#tell = tell;
  }

  override update(instrumentId: string, bar: NumericBar, calendar: TradingCalendar): FeatureVector | null {
    const start = this.#tracing.now();
    const vector = super.update(instrumentId, bar, calendar);
    this.#tell({ start, end: this.#tracing.now() });
    return vector;
  }
}
