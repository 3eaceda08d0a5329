import type { ExitReason } from '../outcomes/barriers.ts';
import type { Interval } from '../outcomes/statistics.ts';
import type { Entries, RandomEntries } from './baselines.ts';
import type { Edge } from './edge.ts';
import type { ProbabilityScore } from './reliability.ts';

/** What the test window says about one side. */
export type SideMetrics = {
  readonly model: ProbabilityScore;
  /** The same decisions, each given the calibration window's base rate. */
  readonly constant: { readonly probability: number; readonly brier: number; readonly logLoss: number };
  /** Entering wherever the score exceeded the publication threshold. */
  readonly top: TopEntries;
  readonly baselines: {
    /** Saying at every decision what was more frequent in the calibration window; beside it the model, cut at one half. */
    readonly majority: { readonly label: 0 | 1; readonly accuracy: number; readonly modelAccuracy: number };
    readonly everyDecision: Entries;
    /** Entering wherever the last bar moved in the side's direction. */
    readonly lastDirection: Entries;
    /** Null where the top scores gave no entry. */
    readonly random: RandomEntries | null;
    readonly buyAndHold: { readonly instruments: number; readonly meanReturn: number };
  };
  readonly edge: Edge;
  /** The conditions of the rule that were not met, for a person. */
  readonly edgeMissed: readonly string[];
};

export type TopEntries = Entries & {
  readonly threshold: number;
  /** 95 % of the mean net R by block bootstrap; null with less than two stretches. */
  readonly expectancy95: Interval | null;
  /** Stretches of two horizons in which the entries lie. */
  readonly blocks: number;
  readonly exits: Readonly<Record<ExitReason, number>>;
  /** Entries whose bar held stop and target; counted as stop. */
  readonly ambiguous: number;
};
