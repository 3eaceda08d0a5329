import { Arg, Ctx, Field, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { AccessContext } from '../access/access.ts';
import { Needs } from '../access/permission.type.ts';
import { CursorScalar, InstantScalar } from '../platform/graphql/scalars.ts';
import type { Acknowledgements } from './acknowledgements.ts';

@ObjectType('SignalAcknowledgement', { description: 'Up to where you have dealt with the signals.' })
class SignalAcknowledgementType {
  @Field(() => CursorScalar, { description: 'The place: the one that you named, or a later one that was before.' })
  cursor!: string;

  @Field(() => InstantScalar, { description: 'When this place was acknowledged.' })
  acknowledgedAt!: Date;
}

@Resolver()
export class AcknowledgementResolver {
  readonly #acknowledgements: Acknowledgements;

  constructor(acknowledgements: Acknowledgements) {
    this.#acknowledgements = acknowledgements;
  }

  @Mutation(() => SignalAcknowledgementType, {
    description:
      'Says that you have dealt with all signal events up to a cursor. Saying it again, or an earlier place, changes nothing.',
  })
  @Needs('signals:acknowledge')
  async acknowledgeSignals(
    @Ctx() asking: AccessContext,
    @Arg('cursor', () => CursorScalar, { description: 'A cursor of signal events, whatever its filter.' })
    cursor: string,
  ): Promise<SignalAcknowledgementType> {
    const held = await this.#acknowledgements.acknowledge(asking, cursor);
    return Object.assign(new SignalAcknowledgementType(), held, { acknowledgedAt: new Date(held.acknowledgedAt) });
  }
}
