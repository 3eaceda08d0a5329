import { createHash } from 'node:crypto';
import type { Decimal, Provenance, Timeframe } from '../market-data/bar.ts';
import type { AssetClass } from '../market-data/instrument.ts';
import type { Plan, Side } from '../outcomes/plan.ts';

export const SIGNAL_SCHEMA_VERSION = 1;

export const SIGNAL_STATES = [
  'PUBLISHED',
  'TRIGGERED',
  'TARGET_HIT',
  'STOP_HIT',
  'TIME_EXIT',
  'SESSION_CLOSE',
  'EXPIRED_UNTRIGGERED',
  'CANCELLED',
  'SUPERSEDED',
  'VOID_DATA',
] as const;
export type SignalState = (typeof SIGNAL_STATES)[number];

/** A published, immutable claim. Instants are ISO text in UTC, prices decimal text; this is the content of its event, byte for byte. */
export type Signal = {
  /** UUID derived from the dedup key. */
  readonly id: string;
  /** SHA-256 of model version, instrument, timeframe, decision bar, horizon and bar revision: one logical signal, once. */
  readonly dedupKey: string;
  readonly type: 'ENTRY';
  readonly instrument: { readonly id: string; readonly symbol: string; readonly mic: string; readonly figi?: string };
  readonly assetClass: AssetClass;
  readonly side: Side;
  readonly timeframe: Timeframe;
  readonly plan: Plan;
  /**
   * Scale of the decision bar where it is not 1. All prices here are raw; close and atr of the snapshot, from which the features were
   * computed, are raw x scale.
   */
  readonly priceScale?: Decimal;
  /** Calibrated probability that the first target is hit before the stop within the horizon. */
  readonly confidence: Decimal;
  /** The model's score before calibration, a log-odds number. */
  readonly rawScore: Decimal;
  /** How often the target comes first when nothing is known: the base rate of the calibration window. */
  readonly baselineProbability: Decimal;
  /** Whether the model's side beat its baselines out of sample. */
  readonly edge: 'SHOWN' | 'NOT_SHOWN';
  /** ATR(14) at the decision in units of price. */
  readonly volatility: Decimal;
  readonly decisionBarStart: string;
  /** When the last bar used was known. */
  readonly decisionTime: string;
  readonly generatedAt: string;
  readonly publishedAt: string;
  readonly validFrom: string;
  readonly expiresAt: string;
  readonly modelVersion: SignalModel;
  readonly stepVersion: number;
  /** The features that moved the score most, in log-odds, strongest first. */
  readonly topContributions: readonly { readonly feature: string; readonly contribution: Decimal }[];
  readonly featuresSnapshot: { readonly values: Readonly<Record<string, Decimal>>; readonly hash: string };
  readonly provenance: readonly SignalProvenance[];
  /** Id of the words that belong to every signal; serviceInfo has the text. */
  readonly disclaimer: string;
  readonly supersedes?: string;
};

export type SignalModel = {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly sha256: string;
  readonly trainingFrom: string;
  readonly trainingTo: string;
  readonly calibrationFrom: string;
  readonly calibrationTo: string;
  readonly eligibleFrom: string;
  readonly featureSpecHash: string;
  readonly labelSpecHash: string;
};

export type SignalProvenance = {
  readonly source: string;
  readonly feed: string;
  readonly provenance: Provenance;
  readonly licence: string;
  /** Start of the oldest and of the newest bar that the features were computed from. */
  readonly firstBarStart: string;
  readonly lastBarStart: string;
  readonly maxKnownTime: string;
  /** How many bars that are, and the hash of what they say: see DataContents. */
  readonly bars: number;
  readonly contentHash: string;
  /** True when a bar is missing inside the windows. */
  readonly gaps: boolean;
};

export type DedupParts = {
  readonly modelVersionId: string;
  readonly modelSha256: string;
  readonly instrumentId: string;
  readonly timeframe: Timeframe;
  readonly decisionBarStart: number;
  readonly horizonMinutes: number;
  readonly revision: number;
};

/** The idempotency key of a signal. The side is not part of it, or a second run could publish both sides. */
export function dedupKeyOf(parts: DedupParts): string {
  const { modelVersionId, modelSha256, instrumentId, timeframe, decisionBarStart, horizonMinutes, revision } = parts;
  const text = [modelVersionId, modelSha256, instrumentId, timeframe, decisionBarStart, horizonMinutes, revision].join(
    '\n',
  );
  return createHash('sha256').update(text).digest('hex');
}

/** The UUID of a dedup key: its first 128 bits, marked as RFC 9562 version 8 (a hash of our own making). */
export function signalIdOf(dedupKey: string): string {
  const variant = ((Number.parseInt(dedupKey.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  const hex = `${dedupKey.slice(0, 12)}8${dedupKey.slice(13, 16)}${variant}${dedupKey.slice(17, 32)}`;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
