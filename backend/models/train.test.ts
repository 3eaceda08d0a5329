import { describe, expect, it } from 'vitest';
import { labelSpecFor } from '../outcomes/label-spec.ts';
import { UserError } from '../platform/errors.ts';
import { openArtifact } from './artifact.ts';
import { walkingInstruments } from './bars.fixture.ts';
import type { InstrumentBars } from './dataset.ts';
import { MIN_BLOCKS, MIN_ENTRIES } from './edge.ts';
import { type TrainedModel, trainModel } from './train.ts';

const spec = labelSpecFor('1m', 'XNYS');
const sides = ['LONG', 'SHORT'] as const;
const noise = walkingInstruments({ seed: 1, sessions: 11, trend: 0 });
const trained = await trainModel({ instruments: noise, spec });

describe('trainModel', () => {
  it('gives the same bytes for the same bars, and others for other bars', async () => {
    const again = await trainModel({ instruments: noise.toReversed(), spec });
    expect(again.text).toBe(trained.text);
    expect(again.sha256).toBe(trained.sha256);
    const other = await trainModel({ instruments: walkingInstruments({ seed: 2, sessions: 11, trend: 0 }), spec });
    expect(other.sha256).not.toBe(trained.sha256);
  });

  it('seals an artifact that opens, with every window, count and reason that a person needs', () => {
    const artifact = openArtifact(trained.text, trained.sha256);
    expect(artifact).toEqual(trained.artifact);
    const { windows } = artifact.split;
    expect(windows.calibration.from).toBeGreaterThan(windows.training.until);
    expect(windows.test.from).toBeGreaterThan(windows.calibration.until);
    expect(artifact.eligibleFrom).toBeGreaterThan(windows.test.until);
    for (const side of sides) {
      expect(artifact.sides[side].training).toMatchObject({ n: windows.training.n, converged: true });
      expect(artifact.sides[side].training.effectiveN).toBeLessThan(windows.training.n / 5);
      const { n, positives } = artifact.sides[side].calibration;
      expect(n).toBe(windows.calibration.n);
      expect(artifact.sides[side].baselineProbability).toBe(positives / n);
      expect(artifact.metrics[side].model.n).toBe(windows.test.n);
      expect(artifact.sides[side].scoreQuantiles).toHaveLength(1_001);
    }
  });

  it('leaves the weights alone when every bar after the training window changes, and the calibration after its own', async () => {
    const { training, calibration } = trained.artifact.split.windows;
    const afterTraining = await trainModel({ instruments: changedFrom(noise, training.until), spec });
    const afterCalibration = await trainModel({ instruments: changedFrom(noise, calibration.until), spec });
    expect(afterTraining.artifact.split.windows).toEqual(trained.artifact.split.windows);
    expect(bytes(afterTraining, 'weights')).toBe(bytes(trained, 'weights'));
    expect(bytes(afterTraining, 'calibration')).not.toBe(bytes(trained, 'calibration'));
    expect(bytes(afterCalibration, 'calibration')).toBe(bytes(trained, 'calibration'));
    expect(afterCalibration.artifact.metrics).not.toEqual(trained.artifact.metrics);
  });

  it.each([2, 3, 4, 5])('shows no edge on noise, however many entries there are (seed %d)', async (seed) => {
    const instruments = walkingInstruments({ seed, sessions: 26, trend: 0 });
    const { artifact } = await trainModel({ instruments, spec, topShare: 0.2 });
    for (const side of sides) {
      const { edge, top } = artifact.metrics[side];
      expect(edge).toBe('NOT_SHOWN');
      // Not for want of data: a real edge would have had its chance.
      expect(top.n).toBeGreaterThanOrEqual(MIN_ENTRIES);
      expect(top.blocks).toBeGreaterThanOrEqual(MIN_BLOCKS);
    }
  });

  it('shows an edge where the past of a price does tell its future, and reports it', async () => {
    const instruments = walkingInstruments({ seed: 1, sessions: 26, trend: 0.4 });
    const { artifact, report } = await trainModel({ instruments, spec, topShare: 0.2 });
    for (const side of sides) {
      const { edge, edgeMissed, model, constant, top, baselines } = artifact.metrics[side];
      expect({ edge, edgeMissed }).toEqual({ edge: 'SHOWN', edgeMissed: [] });
      expect(model.brier).toBeLessThan(constant.brier * 0.97);
      expect(top.expectancyR).toBeGreaterThan(baselines.everyDecision.expectancyR ?? 0);
      expect(report).toContain(`${side}: edge SHOWN`);
    }
    // From 20 sessions on the embargo is the horizon and one session more.
    expect(artifact.split).toMatchObject({ by: 'SESSIONS', sessions: 25, embargoMinutes: 450 });
  });

  it('refuses a history that is too short, with what it holds and what is needed', async () => {
    const history = walkingInstruments({ seed: 1, sessions: 4, trend: 0 });
    const half = history.map((instrument) => ({ ...instrument, bars: instrument.bars.slice(0, 780) }));
    await expect(trainModel({ instruments: half, spec })).rejects.toThrow(UserError);
    await expect(trainModel({ instruments: half, spec })).rejects.toThrow(
      'Cannot train: the calibration window holds 0 decisions after purge and an embargo of 60 trading minutes (1 sessions in all), expected at least 1. Give more history.',
    );
    const few = history.map((instrument) => ({ ...instrument, bars: instrument.bars.slice(0, 1_110) }));
    await expect(trainModel({ instruments: few, spec })).rejects.toThrow(
      /^Cannot train: the calibration window holds \d+ samples, expected at least 50\. Give more history\.$/,
    );
  });

  it('refuses a window in which one label hardly occurs', async () => {
    const unreachable = { ...spec, targetAtr: 60 };
    await expect(trainModel({ instruments: noise, spec: unreachable })).rejects.toThrow(
      'the training window holds 0 LONG labels 1, expected at least 10',
    );
  });

  it.each([
    [{ trials: 0 }, 'trials is "0", expected a whole number of 1 or more'],
    [{ topShare: 2 }, 'top share is "2", expected a number from 0.001 to 1'],
    [{ seed: 0.5 }, 'seed is "0.5", expected a whole number'],
  ])('refuses the option %o before any work', async (options, message) => {
    await expect(trainModel({ instruments: noise, spec, ...options })).rejects.toThrow(message);
  });

  it('goes through its stages in order', async () => {
    const stages: string[] = [];
    await trainModel({ instruments: noise, spec }, ({ stage }) => stages.push(stage));
    expect([...new Set(stages)]).toEqual(['LABELS', 'FIT', 'TEST']);
  });
});

describe('the report', () => {
  it('puts windows, exclusions, n, baselines and the verdict with its reasons before a person', () => {
    const { report, sha256, artifact } = trained;
    const { windows, purged, embargoed } = artifact.split;
    const { training, test } = windows;
    for (const text of [
      sha256,
      'embargo after each window 60 trading minutes',
      `n ${String(training.n).padStart(7)}  (${purged.training} purged)`,
      `(${purged.calibration} purged, ${embargoed.calibration} in the embargo before)`,
      `n ${test.n}, label 1 in`,
      'decisions whose horizon ends after the history',
      'LONG: edge NOT_SHOWN, because\n  - ',
      'every decision',
      'last direction',
      'random entries',
      'buy and hold',
      'reliability',
      'Rule: edge is SHOWN when',
      'a backtest, not live results',
    ]) {
      expect(report).toContain(text);
    }
    expect(report).not.toMatch(/NaN|undefined|Infinity|-0\.0+\b(?!\d)/);
  });
});

/** The same history, with all prices of the bars from an instant on bent away. */
function changedFrom(instruments: readonly InstrumentBars[], instant: number): InstrumentBars[] {
  return instruments.map((instrument) => ({
    ...instrument,
    bars: instrument.bars.map((bar, i) => {
      if (bar.barStart < instant) return bar;
      const factor = 1.1 + 0.002 * Math.sin(i / 7);
      const { open, high, low, close } = bar;
      return {
        ...bar,
        open: open * factor,
        high: high * factor,
        low: low * factor,
        close: close * factor,
        volume: 700,
      };
    }),
  }));
}

function bytes({ artifact }: TrainedModel, part: 'weights' | 'calibration'): string {
  const { standardisation } = artifact;
  return JSON.stringify(
    sides.map((side) => {
      const { intercept, weights, training, platt, calibration, scoreQuantiles } = artifact.sides[side];
      return part === 'weights'
        ? { standardisation, intercept, weights, training }
        : { platt, calibration, scoreQuantiles };
    }),
  );
}
