import type { TradingCalendar } from '../calendar/index.ts';
import type { Decimal, ScaledBar } from '../market-data/bar.ts';
import { advance, type Barriers, type ExitReason, inPlanBasis, type Label, labelOf, openBarriers } from './barriers.ts';
import { costPerUnit } from './costs.ts';
import { expiryOf } from './entry-window.ts';
import { decimalText, priceAt, scaledPrice, tickGrid } from './exact.ts';
import type { LabelSpec } from './label-spec.ts';
import { planLevels, type Side } from './plan.ts';

/** How a signal would have ended. */
export type FilledLabel = {
  readonly exitReason: ExitReason;
  readonly label: Label;
  /** Gain in units of the initial risk, before and after costs. */
  readonly grossR: number;
  readonly netR: number;
  /** Stop and target lay inside one bar. */
  readonly ambiguous: boolean;
  /** When this was known, in ms: the label's time span runs from the decision bar's knownTime to here. */
  readonly spanEnd: number;
};

/** Nobody could have entered: there is nothing to learn from such a sample, and no label to mistake for a draw. */
type UnfilledLabel = {
  readonly exitReason: 'EXPIRED_UNTRIGGERED';
  readonly label: null;
  readonly spanEnd: number;
};

type LabelInput = {
  /** ONE instrument, all segments, ascending; of a corrected bar the revision that counts. */
  readonly bars: readonly ScaledBar[];
  readonly decisionIndex: number;
  readonly atr: number;
  readonly side: Side;
  readonly spec: LabelSpec;
  readonly tick: Decimal;
  readonly calendar: TradingCalendar;
};

/**
 * The label of the decision made on one bar, by the machine that settles live signals. Null when no plan can be made from this
 * ATR, or when the data ends before the label is known.
 */
export function label(input: LabelInput): FilledLabel | UnfilledLabel | null {
  const { bars, decisionIndex, atr, side, spec, tick, calendar } = input;
  const decision = bars[decisionIndex];
  if (decision === undefined)
    throw new RangeError(`decisionIndex is ${decisionIndex}, expected an index of ${bars.length} bars`);
  const grid = tickGrid(tick);
  const scale = decimalText(decision.priceScale);
  const { close, priceScale } = decision;
  const levels = planLevels({ side, close, atr, priceScale, spec }, grid);
  if (levels === null) return null;

  const publishedAt = decision.knownTime + spec.publishLatencyMs;
  const decisionBarStart = decision.barStart;
  const state = openBarriers({
    side,
    stop: scaledPrice(levels.stop, grid, scale),
    target: scaledPrice(levels.target, grid, scale),
    timeLimitMinutes: spec.horizonMinutes,
    flatAtClose: spec.flatAtClose,
    publishedAt,
    expiresAt: expiryOf({ publishedAt, decisionBarStart, calendar, spec }),
    decisionBarStart,
    clientLatencyMs: spec.clientLatencyMs,
    calendar,
  });
  const spanEnd = run(state, bars, decisionIndex + 1);
  if (spanEnd === null) return null;
  if (state.exitReason === null) return { exitReason: 'EXPIRED_UNTRIGGERED', label: null, spanEnd };

  const risk = priceAt(Math.abs(levels.reference - levels.stop), grid);
  const held = inPlanBasis(state, scale);
  const gain = held.sign * (held.exit - held.entry);
  const costs = costPerUnit(spec.costs, held, priceAt(1, grid));
  const { exitReason, ambiguous } = state;
  return { exitReason, label: labelOf(state), grossR: gain / risk, netR: (gain - costs) / risk, ambiguous, spanEnd };
}

/** The knownTime of the bar that ended it, or null. */
function run(state: Barriers, bars: readonly ScaledBar[], from: number): number | null {
  for (let index = from; index < bars.length; index++) {
    const bar = bars[index];
    if (bar === undefined) return null;
    advance(state, bar);
    if (state.phase === 'EXITED' || state.phase === 'EXPIRED') return bar.knownTime;
  }
  return null;
}
