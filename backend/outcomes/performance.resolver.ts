import { Arg, ID, Query, Resolver } from 'type-graphql';
import { Needs } from '../access/permission.type.ts';
import type { Provenance } from '../market-data/bar.ts';
import { ProvenanceEnum } from '../market-data/bar.type.ts';
import { localIdOf } from '../platform/graphql/global-id.ts';
import { momentOf } from '../platform/graphql/moment.ts';
import { InstantScalar } from '../platform/graphql/scalars.ts';
import type { PerformanceService } from './performance.service.ts';
import { PerformanceType, toSidePerformance } from './performance.type.ts';

@Resolver()
export class PerformanceResolver {
  readonly #service: PerformanceService;

  constructor(service: PerformanceService) {
    this.#service = service;
  }

  @Query(() => PerformanceType, { description: 'What became of all published signals of one kind of data.' })
  @Needs('performance:read')
  async performance(
    @Arg('provenance', () => ProvenanceEnum, { description: 'The kind of data; kinds are never mixed.' })
    provenance: Provenance,
    @Arg('instruments', () => [ID], { nullable: true, description: 'Only signals of these instruments.' }) instruments:
      | string[]
      | null,
    @Arg('models', () => [ID], { nullable: true, description: 'Only signals of these model versions.' }) models:
      | string[]
      | null,
    @Arg('asOf', () => InstantScalar, {
      nullable: true,
      description: 'Answer with what was known at this moment, by the clock of the data.',
    })
    asOf: Date | null,
  ): Promise<PerformanceType> {
    const performance = await this.#service.summary({
      provenance,
      instruments: instruments?.map((id) => localIdOf('Instrument', 'instruments', id)) ?? null,
      models: models?.map((id) => localIdOf('ModelVersion', 'models', id)) ?? null,
      asOf: momentOf('asOf', asOf),
    });
    const { LONG, SHORT } = performance.sides;
    return {
      ...toSidePerformance(performance),
      provenance,
      long: toSidePerformance(LONG),
      short: toSidePerformance(SHORT),
    };
  }
}
