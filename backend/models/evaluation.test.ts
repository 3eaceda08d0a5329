import { describe, expect, it } from 'vitest';
import { calendarById } from '../calendar/index.ts';
import { FEATURE_INDEX, FEATURE_NAMES } from '../features/feature-spec.ts';
import { labelSpecFor } from '../outcomes/label-spec.ts';
import { EXIT_REASONS, roomFor } from './columns.ts';
import type { Dataset } from './dataset.ts';
import { evaluateSide } from './evaluation.ts';
import { at } from './numeric.ts';
import { type LoadedModel, loadModel } from './predict.ts';

describe('evaluateSide', () => {
  // Eight decisions an hour apart; the score is feature 0 itself, the threshold 0.5.
  const scores = [0.5, 0.6, 0.1, 0.9, 0.2, 0.7, 0.3, 0.8];
  const lastReturns = [-1, -1, 1, 1, 0, 0, 1, -1];
  const y = Uint8Array.of(1, 1, 0, 0, 1, 1, 0, 1);
  const r = Float64Array.of(9, 1.4, -1.1, -1.1, 1.4, 1.4, -0.2, 1.4);
  const dataset = handmade(scores, lastReturns, y, r);
  const common = {
    dataset,
    rows: Int32Array.from(y.keys()),
    threshold: 0.5,
    flattened: false,
    trials: 1,
    draws: 100,
    seed: 1,
  };
  const long = evaluateSide({ ...common, side: 'LONG', model: identityModel(0.6) });
  const short = evaluateSide({ ...common, side: 'SHORT', model: identityModel(0.4) });

  it('enters where the score is above the threshold, not at it', () => {
    expect(long.top).toMatchObject({ n: 4, hits: 3, threshold: 0.5, ambiguous: 1 });
    expect(long.top.exits).toEqual({ TARGET_HIT: 3, STOP_HIT: 1, TIME_EXIT: 0, SESSION_CLOSE: 0 });
    expect(long.top.expectancyR).toBeCloseTo((1.4 - 1.1 + 1.4 + 1.4) / 4, 12);
  });

  it('takes two horizons of trading time for one stretch', () => {
    // Entries at hours 1, 3, 5 and 7, horizon one hour: stretches of two hours.
    expect(long.top.blocks).toBe(4);
    const longer = { ...dataset, spec: { ...dataset.spec, horizonMinutes: 120 } };
    const { top } = evaluateSide({ ...common, dataset: longer, side: 'LONG', model: identityModel(0.6) });
    expect(top.blocks).toBe(2);
  });

  it('sets beside it every decision, the last direction of the side and what was more frequent before', () => {
    expect(long.baselines.everyDecision).toMatchObject({ n: 8, hits: 5 });
    expect(long.baselines.lastDirection).toMatchObject({ n: 3, hits: 0 });
    expect(short.baselines.lastDirection).toMatchObject({ n: 3, hits: 3 });
    expect(long.baselines.majority).toEqual({ label: 1, accuracy: 5 / 8, modelAccuracy: 5 / 8 });
    expect(short.baselines.majority).toMatchObject({ label: 0, accuracy: 3 / 8 });
    expect(long.constant).toMatchObject({ probability: 0.6, brier: expect.closeTo((5 * 0.16 + 3 * 0.36) / 8, 12) });
  });

  it('judges only the rows it is given', () => {
    const { model, top } = evaluateSide({
      ...common,
      rows: Int32Array.of(0, 1, 2),
      side: 'LONG',
      model: identityModel(0.6),
    });
    expect(model.n).toBe(3);
    expect(top.n).toBe(1);
  });
});

/** One instrument, an hour between decisions, from an open of the 24x7 calendar on. */
function handmade(scores: readonly number[], lastReturns: readonly number[], y: Uint8Array, r: Float64Array): Dataset {
  const calendar = calendarById('24x7');
  const k = FEATURE_NAMES.length;
  const n = scores.length;
  const columns = roomFor(n, k);
  scores.forEach((score, row) => {
    columns.x[row * k] = score;
    columns.x[row * k + FEATURE_INDEX.return1] = lastReturns[row] ?? 0;
    columns.decisionTime[row] = Date.parse('2024-03-04T00:00:00Z') + row * 3_600_000;
    columns.close[row] = 100 + row;
  });
  const ambiguous = Uint8Array.from(y, (_, row) => (row === 3 ? 1 : 0));
  const exit = Uint8Array.from(y, (label) => EXIT_REASONS.indexOf(label === 1 ? 'TARGET_HIT' : 'STOP_HIT'));
  const side = { ...columns.sides.LONG, y, r, exit, ambiguous };
  const excluded = { unfinished: 0, noPlan: 0, untriggered: 0 };
  const spec = labelSpecFor('1m', '24x7');
  return {
    ...columns,
    sides: { LONG: side, SHORT: side },
    ...{
      spec,
      calendar,
      instruments: ['one'],
      n,
      k,
      historyEnd: at(columns.decisionTime, n - 1),
      excluded,
      withGap: 0,
    },
  };
}

/** Its score is feature 0 of the vector. */
function identityModel(baselineProbability: number): LoadedModel {
  const weights = FEATURE_NAMES.map((_, j) => (j === 0 ? 1 : 0));
  const side = { intercept: 0, weights, platt: { a: -1, b: 0, flattened: false }, baselineProbability };
  return loadModel({
    features: { names: FEATURE_NAMES, specHash: '' },
    standardisation: { mean: weights.map(() => 0), scale: weights.map(() => 1), zLimit: 5 },
    sides: { LONG: side, SHORT: side },
  });
}
