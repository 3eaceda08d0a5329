import { describe, expect, it } from 'vitest';
import { UserError } from '../platform/errors.ts';
import { type ModelArtifact, openArtifact, scoreQuantiles, scoreThreshold, sealArtifact } from './artifact.ts';
import { loadModel, type PredictiveArtifact, predict, topContributions } from './predict.ts';

const side = {
  intercept: -1,
  weights: [2, -0.5, 4],
  platt: { a: -0.8, b: 0.1, flattened: false },
  baselineProbability: 0.3,
};
const artifact: PredictiveArtifact = {
  features: { names: ['first', 'second', 'still'], specHash: 'x' },
  standardisation: { mean: [10, 0, 7], scale: [0.5, 2, 0], zLimit: 5 },
  sides: { LONG: side, SHORT: { ...side, intercept: 0, baselineProbability: 0.2 } },
};

describe('predict', () => {
  const model = loadModel(artifact);

  it('agrees with the formula worked out by hand', () => {
    const { rawScore, confidence, baselineProbability } = predict(model, Float64Array.of(11, 0.5, 1_000), 'LONG');
    // z = 0.5, 1 and 0 (a feature that never moved in training says nothing).
    expect(rawScore).toBeCloseTo(-1 + 2 * 0.5 - 0.5 * 1, 14);
    expect(confidence).toBeCloseTo(1 / (1 + Math.exp(-0.8 * -0.5 + 0.1)), 14);
    expect(baselineProbability).toBe(0.3);
    expect(predict(model, Float64Array.of(10, 0, 7), 'SHORT')).toMatchObject({ rawScore: 0, baselineProbability: 0.2 });
  });

  it('cuts a wild value at five standard deviations', () => {
    const wild = predict(model, Float64Array.of(1e9, 0, 7), 'LONG').rawScore;
    expect(wild).toBe(-1 + 2 * 5);
    expect(predict(model, Float64Array.of(-1e9, 0, 7), 'LONG').rawScore).toBe(-1 - 2 * 5);
  });

  it('stays a probability however far the score goes', () => {
    const steep = loadModel({
      ...artifact,
      sides: { LONG: { ...side, intercept: 1e6 }, SHORT: { ...side, intercept: -1e6 } },
    });
    expect(predict(steep, Float64Array.of(10, 0, 7), 'LONG').confidence).toBe(1);
    expect(predict(steep, Float64Array.of(10, 0, 7), 'SHORT').confidence).toBe(0);
  });

  it('refuses a vector of another length or with a number that is not finite, naming the feature', () => {
    expect(() => predict(model, Float64Array.of(1, 2), 'LONG')).toThrow('feature vector has 2 values, expected 3');
    expect(() => predict(model, Float64Array.of(1, Number.NaN, 2), 'LONG')).toThrow(
      'feature second is NaN, expected a finite number',
    );
    expect(() => predict(model, Float64Array.of(1, 1, Number.POSITIVE_INFINITY), 'LONG')).toThrow(
      'feature still is Infinity',
    );
  });

  it('gives every call the same object, so that nothing is allocated', () => {
    const first = predict(model, Float64Array.of(10, 0, 7), 'LONG');
    expect(predict(model, Float64Array.of(11, 0, 7), 'SHORT')).toBe(first);
  });

  it('names the features that moved the score most', () => {
    expect(topContributions(model, Float64Array.of(11, -3, 9), 'LONG', 2)).toEqual([
      { feature: 'second', contribution: 2.5 },
      { feature: 'first', contribution: 1 },
    ]);
  });
});

describe('scoreThreshold', () => {
  const scores = Float64Array.from({ length: 5_000 }, (_, i) => ((i * 7_919) % 5_000) / 1_000);

  it.each([0.001, 0.02, 0.07, 0.1, 0.5, 0.999])(
    'lets at most the top share %d of the calibration scores pass',
    (share) => {
      const threshold = scoreThreshold({ scoreQuantiles: scoreQuantiles(scores) }, share);
      const above = scores.filter((score) => score > threshold).length / scores.length;
      expect(above).toBeLessThanOrEqual(share);
      expect(above).toBeGreaterThan(share - 0.001);
    },
  );

  it('lets none of a crowd of equal scores pass rather than all', () => {
    const quantiles = scoreQuantiles(new Float64Array(100).fill(0.4));
    expect(scoreThreshold({ scoreQuantiles: quantiles }, 0.02)).toBe(0.4);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses the share %d', (share) => {
    expect(() => scoreThreshold({ scoreQuantiles: scoreQuantiles(scores) }, share)).toThrow(
      'expected a number from 0.001 to 1',
    );
  });
});

describe('a sealed artifact', () => {
  // Opening checks hash and schema and looks no further.
  const sealed = sealArtifact({ schemaVersion: 1, ...artifact } as unknown as ModelArtifact);

  it('opens to the same predictions, to the last bit', () => {
    const values = Float64Array.of(10.1, 0.2, 7.3);
    const before = { ...predict(loadModel(artifact), values, 'LONG') };
    expect(predict(loadModel(openArtifact(sealed.text, sealed.sha256)), values, 'LONG')).toEqual(before);
  });

  it('is refused when one character is another, or its schema is of another time', () => {
    expect(() => openArtifact(sealed.text.replace('0.3', '0.4'), sealed.sha256)).toThrow(UserError);
    const other = sealArtifact({ schemaVersion: 2 } as unknown as ModelArtifact);
    expect(() => openArtifact(other.text, other.sha256)).toThrow('model schemaVersion is "2", expected 1');
  });
});
