import { calendarById } from '../../../backend/calendar/index.ts';
import { FeatureEngine } from '../../../backend/features/feature-engine.ts';
import { snapshot } from '../../../backend/features/snapshot.ts';
import type { NumericBar } from '../../../backend/market-data/bar.ts';
import { usEquity } from '../../../backend/market-data/instruments/us-equities.ts';
import { makePlan } from '../../../backend/outcomes/plan.ts';
import { canonicalJson } from '../../../backend/platform/canonical-json.ts';
import type { DecisionModel } from '../../../backend/signals/decision-model.ts';
import { chooseSide } from '../../../backend/signals/policy.ts';
import type { Signal } from '../../../backend/signals/signal.ts';
import { Timeline } from '../../alpaca/server/timeline.ts';
import { POLICY } from './platform.ts';
import type { Window } from './windows.ts';

/** What is said of a bar when everything comes in time: a claim, or the reason for none. */
export type Truth = { readonly claim: string | null; readonly reason: string | null };

/** The day as it was: values of each bar, and what is to be said after each bar of the regular session. Keys: instrument and bar start (ms). */
export type CleanDay = { readonly bars: ReadonlyMap<string, string>; readonly truths: ReadonlyMap<string, Truth> };

const XNYS = calendarById('XNYS');
const MINUTE = 60_000;

/** Computed from the recording alone: neither feed nor database nor engine has a part in it. */
export function cleanDay({ recording, until, halts }: Window, model: DecisionModel): CleanDay {
  const features = new FeatureEngine({ timeframe: '1m' });
  const bars = new Map<string, string>();
  const truths = new Map<string, Truth>();
  const instruments = new Map(recording.symbols.map((symbol) => [symbol, usEquity(symbol, 'XNYS')]));
  const told = new Timeline(recording, halts).barsAt(until).toSorted((a, b) => a.start - b.start);
  for (const { symbol, start, ...values } of told) {
    const instrument = instruments.get(symbol) ?? usEquity(symbol, 'XNYS');
    const [open, high, low, close, volume] = [values.open, values.high, values.low, values.close, values.volume].map(
      Number,
    ) as [number, number, number, number, number];
    const key = keyOf(instrument.id, start);
    bars.set(key, [open, high, low, close, volume].join(' '));
    const segment = XNYS.segmentAt(start);
    if (segment !== 'REGULAR') continue;
    const end = start + MINUTE;
    const bar: NumericBar = { barStart: start, barEnd: end, knownTime: end, segment, open, high, low, close, volume };
    const vector = features.update(instrument.id, bar, XNYS);
    if (vector === null) {
      truths.set(key, { claim: null, reason: 'WARMING_UP' });
      continue;
    }
    const scores = (['LONG', 'SHORT'] as const).map((side) => ({
      side,
      ...model.score(vector.values, side),
      threshold: model.threshold(side, POLICY.topQuantile),
      edge: model.edge(side),
    }));
    const side = chooseSide(scores, POLICY);
    if (typeof side === 'string') {
      truths.set(key, { claim: null, reason: side });
      continue;
    }
    const { atr, close: last } = vector;
    const plan = makePlan({ side: side.side, close: last, atr, tick: instrument.tick, spec: model.labelSpec });
    const claim =
      plan === null
        ? null
        : canonicalJson({ side: side.side, plan, confidence: side.confidence.toFixed(6), features: snapshot(vector) });
    truths.set(key, { claim, reason: plan === null ? 'NO_PLAN' : null });
  }
  return { bars, truths };
}

/** What a signal claims, apart from when. */
export function claimOf({ side, plan, confidence, featuresSnapshot }: Signal): string {
  return canonicalJson({ side, plan, confidence, features: featuresSnapshot });
}

export function keyOf(instrumentId: string, barStart: number): string {
  return `${instrumentId} ${barStart}`;
}
