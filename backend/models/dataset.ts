import { setImmediate } from 'node:timers/promises';
import type { TradingCalendar } from '../calendar/index.ts';
import { FeatureEngine, type FeatureVector } from '../features/feature-engine.ts';
import { FEATURE_NAMES } from '../features/feature-spec.ts';
import type { Decimal, ScaledBar } from '../market-data/bar.ts';
import { expiryOf, homeSession } from '../outcomes/entry-window.ts';
import { type FilledLabel, label } from '../outcomes/label.ts';
import type { LabelSpec } from '../outcomes/label-spec.ts';
import { SIDES, type Side } from '../outcomes/plan.ts';
import { InvalidInput } from '../platform/errors.ts';
import { type Columns, EXIT_REASONS, inOrder, roomFor } from './columns.ts';

/** One instrument's history: bars of all segments in the order of time, each bar once (the revision that counts). */
export type InstrumentBars = {
  readonly id: string;
  readonly tick: Decimal;
  readonly calendar: TradingCalendar;
  readonly bars: readonly ScaledBar[];
};

/** Labelled decisions, sorted by (decisionTime, instrument id). */
export type Dataset = Columns & {
  readonly spec: LabelSpec;
  readonly calendar: TradingCalendar;
  /** Ids in ascending order; `instrument` holds indices into it. */
  readonly instruments: readonly string[];
  readonly n: number;
  readonly k: number;
  /** knownTime of the last bar of all, ms. */
  readonly historyEnd: number;
  readonly excluded: Readonly<Excluded>;
  /** Samples whose feature windows span a missing bar: kept, and counted. */
  readonly withGap: number;
};

/** Decisions that gave no sample. */
type Excluded = {
  /** The history ends before the horizon. Dropped even if the label is known already: only the quick ones would be. */
  unfinished: number;
  /** No plan can be made from this ATR, or the bars that would show its end are missing. */
  noPlan: number;
  /** No bar could have filled the entry. */
  untriggered: number;
};

type DatasetInput = {
  readonly instruments: readonly InstrumentBars[];
  readonly spec: LabelSpec;
  readonly onProgress?: (done: number, total: number) => void;
};

const K = FEATURE_NAMES.length;

/** Bars between two breaths of the event loop, so that probes and progress bars live while training runs. */
const BARS_PER_TURN = 2_000;

/**
 * Feature vectors and labels of every decision that the bars allow, by the code that decides and settles live.
 *
 * @throws InvalidInput without instruments, or when they trade by different calendars: horizon and embargo count trading minutes.
 */
export async function buildDataset({ instruments, spec, onProgress }: DatasetInput): Promise<Dataset> {
  const calendar = commonCalendar(instruments);
  const ordered = [...instruments].sort((a, b) => (a.id < b.id ? -1 : 1));
  const total = ordered.reduce((sum, { bars }) => sum + bars.length, 0);
  const engine = new FeatureEngine({ timeframe: spec.timeframe, capacity: ordered.length });
  const columns = roomFor(total, K);
  const excluded: Excluded = { unfinished: 0, noPlan: 0, untriggered: 0 };
  let n = 0;
  let withGap = 0;
  let done = 0;
  for (const [index, instrument] of ordered.entries()) {
    for (let bar = 0; bar < instrument.bars.length; bar++) {
      const vector = engine.update(instrument.id, instrument.bars[bar] as ScaledBar, calendar);
      if (++done % BARS_PER_TURN === 0) await breathe(onProgress, done, total);
      if (vector === null) continue;
      const labels = labelBothSides(instrument, bar, vector.atr, spec);
      if (typeof labels === 'string') {
        excluded[labels]++;
        continue;
      }
      write(columns, n++, { index, instrument, bar, vector, labels });
      if (vector.gap) withGap++;
    }
  }
  onProgress?.(total, total);
  const historyEnd = Math.max(...ordered.map(lastKnown));
  const ids = ordered.map(({ id }) => id);
  return { spec, calendar, instruments: ids, historyEnd, excluded, withGap, n, k: K, ...inOrder(columns, n, K) };
}

async function breathe(onProgress: DatasetInput['onProgress'], done: number, total: number): Promise<void> {
  onProgress?.(done, total);
  await setImmediate();
}

type BothLabels = Readonly<Record<Side, FilledLabel>> & { readonly horizonEnd: number };

/** How the decision of one bar ended for either side, or why that cannot be used. */
function labelBothSides(
  { tick, calendar, bars }: InstrumentBars,
  bar: number,
  atr: number,
  spec: LabelSpec,
): BothLabels | keyof Excluded {
  const latest = latestEnd(bars[bar] as ScaledBar, calendar, spec);
  if (latest > lastKnown({ bars })) return 'unfinished';
  const [long, short] = SIDES.map((side) => label({ bars, decisionIndex: bar, atr, side, spec, tick, calendar }));
  if (!long || !short) return 'noPlan';
  if (long.label === null || short.label === null) return 'untriggered';
  return { LONG: long, SHORT: short, horizonEnd: Math.max(latest, long.spanEnd, short.spanEnd) };
}

/** When the vertical barrier lies at the latest: the horizon after the last moment at which the entry can be filled. */
function latestEnd(decision: ScaledBar, calendar: TradingCalendar, spec: LabelSpec): number {
  const { barStart: decisionBarStart, knownTime } = decision;
  const expiresAt = expiryOf({ publishedAt: knownTime + spec.publishLatencyMs, decisionBarStart, calendar, spec });
  const end = calendar.addTradingMinutes(expiresAt, spec.horizonMinutes);
  return spec.flatAtClose ? Math.min(end, homeSession(calendar, decisionBarStart).close) : end;
}

type Sample = {
  readonly index: number;
  readonly instrument: InstrumentBars;
  readonly bar: number;
  readonly vector: FeatureVector;
  readonly labels: BothLabels;
};

function write(columns: Columns, row: number, { index, instrument, bar, vector, labels }: Sample): void {
  const { bars } = instrument;
  columns.x.set(vector.values, row * K);
  columns.decisionTime[row] = (bars[bar] as ScaledBar).knownTime;
  columns.horizonEnd[row] = labels.horizonEnd;
  columns.instrument[row] = index;
  columns.close[row] = vector.close;
  for (const name of SIDES) {
    const side = columns.sides[name];
    const { label: outcome, netR, exitReason, ambiguous, spanEnd } = labels[name];
    side.spanFrom[row] = bar + 1;
    side.spanTo[row] = barKnownAt(bars, bar + 1, spanEnd);
    side.y[row] = outcome === 1 ? 1 : 0;
    side.r[row] = netR;
    side.exit[row] = EXIT_REASONS.indexOf(exitReason);
    side.ambiguous[row] = ambiguous ? 1 : 0;
    side.spanEnd[row] = spanEnd;
  }
}

function barKnownAt(bars: readonly ScaledBar[], from: number, knownTime: number): number {
  let index = from;
  while (index + 1 < bars.length && bars[index]?.knownTime !== knownTime) index++;
  return index;
}

function lastKnown({ bars }: Pick<InstrumentBars, 'bars'>): number {
  return bars.at(-1)?.knownTime ?? 0;
}

function commonCalendar(instruments: readonly InstrumentBars[]): TradingCalendar {
  const [first] = instruments;
  if (first === undefined) throw new InvalidInput('instruments', '', 'at least one');
  for (const { id, calendar } of instruments) {
    if (calendar.id === first.calendar.id) continue;
    throw new InvalidInput(
      `calendar of ${id}`,
      calendar.id,
      `${first.calendar.id}, as of ${first.id}: a model has one calendar`,
    );
  }
  return first.calendar;
}
