import { GraphQLJSONObject } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import type { Timeframe } from '../market-data/bar.ts';
import { TimeframeEnum } from '../market-data/bar.type.ts';
import { connectionType, NodeType } from '../platform/graphql/connection.ts';
import { globalId } from '../platform/graphql/global-id.ts';
import { InstantScalar } from '../platform/graphql/scalars.ts';
import type { ModelArtifact } from './artifact.ts';
import type { StoredModel } from './registry.ts';

@ObjectType('TimeWindow', { description: 'A span of time.' })
export class TimeWindowType {
  @Field(() => InstantScalar, { description: 'Beginning, inclusive.' })
  from!: Date;

  @Field(() => InstantScalar, { description: 'End, exclusive.' })
  to!: Date;
}

@ObjectType('ModelVersion', {
  description: 'A trained model; it never changes, a new training makes a new version.',
  implements: NodeType,
})
export class ModelVersionType extends NodeType {
  @Field(() => String, { description: 'Name of the model.' })
  name!: string;

  @Field(() => Int, { description: 'Running number of this training.' })
  version!: number;

  @Field(() => String, { description: 'SHA-256 of the artifact, hexadecimal.' })
  sha256!: string;

  @Field(() => TimeframeEnum, { description: 'Length of the bars that it reads.' })
  timeframe!: Timeframe;

  @Field(() => String, { description: 'Calendar of the instruments that it knows.' })
  calendar!: string;

  @Field(() => String, { description: 'The data that it was trained on.' })
  source!: string;

  @Field(() => TimeWindowType, { description: 'Bars that its weights were fitted on.' })
  trainingWindow!: TimeWindowType;

  @Field(() => TimeWindowType, {
    description: 'Bars that its probabilities were calibrated on, never used for the weights.',
  })
  calibrationWindow!: TimeWindowType;

  @Field(() => InstantScalar, {
    description: 'First moment at which it may decide: the end of its windows plus the embargo.',
  })
  eligibleFrom!: Date;

  @Field(() => String, { description: 'Hash of the feature specification that it needs.' })
  featureSpecHash!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Commit of the code that trained it; null when that code did not know its commit.',
  })
  codeCommit!: string | null;

  @Field(() => GraphQLJSONObject, { description: 'Out-of-sample figures per side with their n, beside the baselines.' })
  metrics!: ModelArtifact['metrics'];
}

export const ModelVersionConnection = connectionType<ModelVersionType>('ModelVersion', () => ModelVersionType);

export function toModelVersionType(model: StoredModel): ModelVersionType {
  const { name, version, sha256, timeframe, calendar, featureSpecHash, codeCommit } = model;
  return {
    id: globalId('ModelVersion', model.id),
    ...{ name, version, sha256, timeframe, calendar, featureSpecHash, codeCommit },
    source: model.sourceId,
    trainingWindow: { from: new Date(model.trainingFrom), to: new Date(model.trainingTo) },
    calibrationWindow: { from: new Date(model.calibrationFrom), to: new Date(model.calibrationTo) },
    eligibleFrom: new Date(model.eligibleFrom),
    metrics: model.artifact.metrics,
  };
}
