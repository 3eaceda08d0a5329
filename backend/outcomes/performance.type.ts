import { Field, Float, Int, ObjectType } from 'type-graphql';
import { ProvenanceEnum } from '../market-data/bar.type.ts';
import type { Figure, SidePerformance } from './performance.ts';

@ObjectType('ConfidenceInterval', {
  description: 'Where the true value lies, as far as the method’s assumptions hold.',
})
class IntervalType {
  @Field(() => Float, { description: 'Lower end.' })
  low!: number;

  @Field(() => Float, { description: 'Upper end.' })
  high!: number;

  @Field(() => Float, { description: 'Share of such intervals that hold the true value: 0.95.' })
  level!: number;
}

@ObjectType('Baseline', { description: 'The same figure for somebody who knows less.' })
class BaselineType {
  @Field(() => String, {
    description:
      'Who that is. randomEntry holds the same positions for as long, but enters at random: the mean of up to twenty entries a signal, of 200 signals at most.',
  })
  name!: string;

  @Field(() => Float, { nullable: true, description: 'Its figure; null where it was not computed.' })
  value!: number | null;

  @Field(() => Int, { description: 'How many signals it rests on; for randomEntry, how many random entries.' })
  n!: number;
}

@ObjectType('ExcludedSignals', { description: 'Published signals that are in no figure, by the reason.' })
class ExcludedType {
  @Field(() => Int, { description: 'Still open.' })
  open!: number;

  @Field(() => Int, { description: 'Expired before anyone could enter.' })
  untriggered!: number;

  @Field(() => Int, { description: 'Cancelled before they were entered.' })
  cancelled!: number;

  @Field(() => Int, { description: 'Replaced by a newer signal before they were entered.' })
  superseded!: number;

  @Field(() => Int, { description: 'Void because their data changed.' })
  void!: number;
}

@ObjectType('Figure', {
  description: 'A figure never comes without its n, interval, baselines and what it leaves out.',
})
class FigureType {
  @Field(() => Float, { nullable: true, description: 'The figure; null when n is too small.' })
  value!: number | null;

  @Field(() => Int, { description: 'How many signals it rests on.' })
  n!: number;

  @Field(() => IntervalType, { nullable: true, description: 'Its 95 % interval; null when n is too small.' })
  interval!: IntervalType | null;

  @Field(() => [BaselineType], { description: 'What it has to be held against.' })
  baselines!: BaselineType[];

  @Field(() => ExcludedType, { description: 'What it leaves out.' })
  excluded!: ExcludedType;
}

@ObjectType('SidePerformance', { description: 'What became of published signals.' })
export class SidePerformanceType {
  @Field(() => Int, { description: 'All published signals: n and all that is excluded.' })
  published!: number;

  @Field(() => Int, { description: 'Settled signals: those that were entered and left.' })
  n!: number;

  @Field(() => Int, { description: 'Settled signals whose target came first.' })
  hits!: number;

  @Field(() => ExcludedType, { description: 'Published signals that are in no figure.' })
  excluded!: ExcludedType;

  @Field(() => FigureType, { description: 'Share of hits, with Wilson’s interval.' })
  hitRate!: FigureType;

  @Field(() => FigureType, { description: 'Mean result in R after costs, with a bootstrap interval.' })
  expectancyR!: FigureType;

  @Field(() => Float, { nullable: true, description: 'Gains over losses in R; null when nothing was lost.' })
  profitFactor!: number | null;

  @Field(() => Float, { nullable: true, description: 'Deepest fall of the running sum of R; null when n is 0.' })
  maxDrawdownR!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of settled signals with stop and target inside one bar, counted as stops.',
  })
  ambiguousRatio!: number | null;
}

@ObjectType('Performance', {
  description: 'What became of all signals of one kind of data; kinds are never mixed in a figure.',
})
export class PerformanceType extends SidePerformanceType {
  @Field(() => ProvenanceEnum, { description: 'The kind of data.' })
  provenance!: string;

  @Field(() => SidePerformanceType, { description: 'LONG signals alone.' })
  long!: SidePerformanceType;

  @Field(() => SidePerformanceType, { description: 'SHORT signals alone.' })
  short!: SidePerformanceType;
}

export function toSidePerformance(performance: SidePerformance): SidePerformanceType {
  const { published, n, hits, excluded, profitFactor, maxDrawdownR, ambiguousRatio } = performance;
  return {
    ...{ published, n, hits, excluded, profitFactor, maxDrawdownR, ambiguousRatio },
    hitRate: toFigure(performance.hitRate),
    expectancyR: toFigure(performance.expectancyR),
  };
}

function toFigure({ value, n, interval, baseline, excluded }: Figure): FigureType {
  return {
    value,
    n,
    interval,
    excluded,
    baselines: Object.entries(baseline).map(([name, figure]) => ({ name, ...figure })),
  };
}
