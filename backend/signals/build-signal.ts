import type { FeatureVector } from '../features/feature-engine.ts';
import { snapshot } from '../features/snapshot.ts';
import { type Bar, UNSCALED } from '../market-data/bar.ts';
import { datedTickers, tickerOn } from '../market-data/corporate-actions/tickers.ts';
import type { Instrument } from '../market-data/instrument.ts';
import type { Plan } from '../outcomes/plan.ts';
import type { DataContent } from './data-content.ts';
import type { DecisionModel } from './decision-model.ts';
import { DISCLAIMER } from './disclaimer.ts';
import { type EngineContext, STEP_VERSION } from './engine-context.ts';
import type { SideScore } from './policy.ts';
import { dedupKeyOf, type Signal, type SignalProvenance, signalIdOf } from './signal.ts';

type Parts = {
  readonly context: EngineContext;
  readonly instrument: Instrument;
  readonly model: DecisionModel;
  readonly bar: Bar;
  readonly plan: Plan;
  readonly side: SideScore;
  readonly vector: FeatureVector;
  /** Start of the oldest bar that the features rest on. */
  readonly dataFrom: number;
  readonly content: DataContent;
  readonly publishedAt: number;
  readonly expiresAt: number;
  readonly supersedes: string | null;
};

/** Puts a signal together out of what was decided. A field that cannot be filled is not there. */
export function buildSignal(parts: Parts): Signal {
  const { instrument, model, bar, plan, side, vector, publishedAt, supersedes } = parts;
  const dedupKey = dedupKeyFor(parts);
  return {
    id: signalIdOf(dedupKey),
    dedupKey,
    type: 'ENTRY',
    instrument: identify(parts),
    assetClass: instrument.assetClass,
    side: side.side,
    timeframe: bar.timeframe,
    plan,
    ...(bar.priceScale === UNSCALED ? {} : { priceScale: bar.priceScale }),
    confidence: ratio(side.confidence),
    rawScore: ratio(side.rawScore),
    baselineProbability: ratio(side.baselineProbability),
    edge: side.edge,
    volatility: ratio(vector.atr / Number(bar.priceScale)),
    decisionBarStart: iso(bar.barStart),
    decisionTime: iso(bar.knownTime),
    generatedAt: iso(publishedAt),
    publishedAt: iso(publishedAt),
    validFrom: iso(publishedAt),
    expiresAt: iso(parts.expiresAt),
    modelVersion: model.version,
    stepVersion: STEP_VERSION,
    topContributions: model
      .contributions(vector.values, side.side)
      .map((entry) => ({ ...entry, contribution: ratio(entry.contribution) })),
    featuresSnapshot: snapshot(vector),
    provenance: [provenanceOf(parts)],
    disclaimer: DISCLAIMER.id,
    ...(supersedes === null ? {} : { supersedes }),
  };
}

function dedupKeyFor({ model, bar }: Parts): string {
  return dedupKeyOf({
    modelVersionId: model.version.id,
    modelSha256: model.version.sha256,
    instrumentId: bar.instrumentId,
    timeframe: bar.timeframe,
    decisionBarStart: bar.barStart,
    horizonMinutes: model.labelSpec.horizonMinutes,
    revision: bar.revision,
  });
}

/** Under the ticker of the day. */
function identify({ context, instrument, bar }: Parts): Signal['instrument'] {
  const { id, mic, figi } = instrument;
  const { actions = [] } = context.source;
  const tickers = actions.length === 0 ? [] : datedTickers(instrument, actions);
  const symbol = tickerOn(tickers, context.calendarOf(id).localDate(bar.barStart)) ?? instrument.symbol;
  return figi === null ? { id, symbol, mic } : { id, symbol, mic, figi };
}

function provenanceOf({ context, bar, vector, dataFrom, content }: Parts): SignalProvenance {
  const { sourceId, feed, provenance, licence } = context.source;
  return {
    source: sourceId,
    feed,
    provenance,
    licence,
    firstBarStart: iso(dataFrom),
    lastBarStart: iso(bar.barStart),
    maxKnownTime: iso(bar.knownTime),
    ...content,
    gaps: vector.gap,
  };
}

/** Six digits are more than a probability or a score can mean. */
function ratio(value: number): string {
  return value.toFixed(6);
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
