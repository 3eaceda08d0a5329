import { createHash } from 'node:crypto';
import type { Decimal } from '../market-data/bar.ts';
import { canonicalJson } from '../platform/canonical-json.ts';
import type { FeatureVector } from './feature-engine.ts';
import { FEATURE_NAMES, type FeatureName } from './feature-spec.ts';

/**
 * A vector as it is stored with a signal. Each text is the shortest that reads back to the same double (it may have an exponent,
 * such as 1e-7), so a model that is given the stored vector says the same again.
 */
export type FeatureSnapshot = {
  readonly values: Readonly<Record<FeatureName, Decimal>>;
  readonly gap: boolean;
  readonly atr: Decimal;
  readonly close: Decimal;
  /** sha256 (hex) of the canonical JSON of the rest. */
  readonly hash: string;
};

export function snapshot(vector: FeatureVector): FeatureSnapshot {
  const values = Object.fromEntries(FEATURE_NAMES.map((name, index) => [name, String(vector.values[index])])) as Record<
    FeatureName,
    Decimal
  >;
  const rest = { values, gap: vector.gap, atr: String(vector.atr), close: String(vector.close) };
  return { ...rest, hash: createHash('sha256').update(canonicalJson(rest)).digest('hex') };
}
