import type { ExitReason, Label } from './barriers.ts';
import type { Outcome } from './outcome.ts';
import { type Side, signOf } from './plan.ts';
import type { RandomEntry } from './random-entries.ts';
import {
  bootstrapInterval,
  type Interval,
  maxDrawdown,
  mean,
  profitFactor,
  ratio,
  wilsonInterval,
} from './statistics.ts';

/** One published signal as it stands; a settled one has its outcome. */
export type SignalRecord = {
  readonly side: Side;
  readonly state: ExitReason | keyof typeof EXCLUDED_AS;
  readonly outcome: Pick<Outcome, 'label' | 'netR' | 'ambiguous'> | null;
  /** What the signal itself said of its side without knowing anything: the base rate of its model's calibration window. */
  readonly baselineProbability: number;
  /** What random entries in its place gave; null where none were drawn. */
  readonly chance: RandomEntry | null;
};

const EXCLUDED_AS = {
  PUBLISHED: 'open',
  TRIGGERED: 'open',
  EXPIRED_UNTRIGGERED: 'untriggered',
  CANCELLED: 'cancelled',
  SUPERSEDED: 'superseded',
  VOID_DATA: 'void',
} as const;

/** How many published signals are in no figure, by the reason. */
export type Excluded = Readonly<Record<(typeof EXCLUDED_AS)[keyof typeof EXCLUDED_AS], number>>;

/** The same figure for somebody who knows less, and what it rests on; null where it was not computed. Further baselines may join. */
type Baseline = { readonly value: number | null; readonly n: number };
type Baselines = Readonly<Record<string, Baseline>>;

/** A figure never comes without its n, interval, baselines and what it leaves out. Value and interval are null when n is too small. */
export type Figure = {
  readonly value: number | null;
  readonly n: number;
  readonly interval: Interval | null;
  readonly baseline: Baselines;
  readonly excluded: Excluded;
};

export type SidePerformance = {
  /** n and all that is excluded. */
  readonly published: number;
  /** Settled signals: those that were filled and left. */
  readonly n: number;
  readonly excluded: Excluded;
  /** Settled signals whose target came first and paid. */
  readonly hits: number;
  /**
   * hits / n with Wilson's interval. Baseline baseRate: what the signals said would be hit without knowing anything, the mean of their
   * baselineProbability. Baseline alwaysMajority: always the direction that was right more often among these signals,
   * LONG hits and SHORT stops for up, the others for down. It knows the result, so it is a hard one.
   */
  readonly hitRate: Figure;
  /**
   * Mean net R a signal with a bootstrap interval. Baseline noTrade is 0. Baseline randomEntry: the same positions entered at random, the
   * mean over the signals of what randomEntries gave for each; its n counts the random entries.
   */
  readonly expectancyR: Figure;
  /** Sum of net gains over sum of net losses; null when nothing was lost. */
  readonly profitFactor: number | null;
  /** Deepest fall of the running sum of net R, >= 0; null when n is 0. */
  readonly maxDrawdownR: number | null;
  /** Share of settled signals with stop and target inside one bar (they count as stops). */
  readonly ambiguousRatio: number | null;
};

export type Performance = SidePerformance & { readonly sides: Readonly<Record<Side, SidePerformance>> };

type Scope = 'ALL' | Side;
type SummaryInput = {
  /** ALL published signals of the scope asked for; the settled ones in the order in which they were settled. */
  readonly signals: readonly SignalRecord[];
  /** Seeded by the caller: uniform numbers in [0, 1). The same numbers give the same intervals. */
  readonly random: () => number;
  /** Bootstrap samples; default 1,000. */
  readonly resamples?: number;
};

/**
 * Backtest and live signals belong in two calls: their numbers are never mixed. Throws an Error for a signal that was left and has
 * no outcome.
 */
export function summarise(input: SummaryInput): Performance {
  const all = summariseScope(input, 'ALL');
  return { ...all, sides: { LONG: summariseScope(input, 'LONG'), SHORT: summariseScope(input, 'SHORT') } };
}

function summariseScope({ signals, random, resamples = 1_000 }: SummaryInput, scope: Scope): SidePerformance {
  const published = scope === 'ALL' ? signals : signals.filter((signal) => signal.side === scope);
  const settled = published.flatMap(({ side, outcome, baselineProbability, chance }) =>
    outcome === null ? [] : [{ side, baselineProbability, chance, ...outcome }],
  );
  const excluded = countExcluded(published);
  const n = settled.length;
  const hits = settled.filter(({ label }) => label === 1).length;
  const netR = settled.map((outcome) => Number(outcome.netR));
  return {
    published: published.length,
    n,
    excluded,
    hits,
    hitRate: {
      value: ratio(hits, n),
      n,
      interval: wilsonInterval(hits, n),
      baseline: {
        baseRate: { value: mean(settled.map((signal) => signal.baselineProbability)), n },
        alwaysMajority: { value: alwaysMajority(settled), n },
      },
      excluded,
    },
    expectancyR: {
      value: mean(netR),
      n,
      interval: bootstrapInterval(netR, random, resamples),
      baseline: { noTrade: { value: 0, n }, randomEntry: atRandom(settled) },
      excluded,
    },
    profitFactor: profitFactor(netR),
    maxDrawdownR: maxDrawdown(netR),
    ambiguousRatio: ratio(settled.filter(({ ambiguous }) => ambiguous).length, n),
  };
}

function countExcluded(published: readonly SignalRecord[]): Excluded {
  const excluded = { untriggered: 0, cancelled: 0, void: 0, superseded: 0, open: 0 };
  for (const { state, outcome } of published) {
    if (outcome !== null) continue;
    if (!(state in EXCLUDED_AS)) throw new Error(`a signal in state ${state} has no outcome`);
    excluded[EXCLUDED_AS[state as keyof typeof EXCLUDED_AS]]++;
  }
  return excluded;
}

function atRandom(settled: readonly Pick<SignalRecord, 'chance'>[]): Baseline {
  const drawn = settled.flatMap(({ chance }) => chance ?? []);
  return { value: mean(drawn.map(({ meanR }) => meanR)), n: drawn.reduce((sum, { n }) => sum + n, 0) };
}

function alwaysMajority(settled: readonly { readonly side: Side; readonly label: Label }[]): number | null {
  const right = (direction: 1 | -1): number =>
    settled.filter(({ side, label }) => signOf(side) * label === direction).length;
  return ratio(Math.max(right(1), right(-1)), settled.length);
}
