import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { AccessContext } from '../access/access.ts';
import { Needs } from '../access/permission.type.ts';
import { UserError } from '../platform/errors.ts';
import { localIdOf } from '../platform/graphql/global-id.ts';
import type { Cancellations } from './cancellations.ts';
import { SignalNodeType } from './signal.type.ts';
import { toSignalNode } from './signal-node.ts';
import type { SignalsService } from './signals.service.ts';

@Resolver()
export class CancellationResolver {
  readonly #cancellations: Cancellations;
  readonly #signals: SignalsService;
  readonly #onCancelled: (seq: number) => void;

  /** `onCancelled` is told the seq of the event, so that readers need not wait for their next look at the log. */
  constructor(cancellations: Cancellations, signals: SignalsService, onCancelled: (seq: number) => void) {
    this.#cancellations = cancellations;
    this.#signals = signals;
    this.#onCancelled = onCancelled;
  }

  @Mutation(() => SignalNodeType, {
    description:
      'Takes back a signal that is PUBLISHED, before it is filled: it becomes CANCELLED, and whoever follows is told. Saying it again changes nothing; any other state is refused with NOT_CANCELLABLE.',
  })
  @Needs('signals:cancel')
  async cancelSignal(
    @Ctx() asking: AccessContext,
    @Arg('id', () => ID, { description: 'Id of the signal.' }) id: string,
    @Arg('reason', () => String, {
      description: 'Why, 1 to 200 printable characters; everybody who may read signals sees it.',
    })
    reason: string,
  ): Promise<SignalNodeType> {
    const localId = localIdOf('Signal', 'id', id);
    const seq = await this.#cancellations.cancel(asking, localId, reason);
    if (seq !== null) this.#onCancelled(seq);
    const stored = (await this.#signals.byIds([localId])).get(localId);
    if (stored === undefined) throw new UserError('NOT_FOUND', 'There is no signal of this id.');
    return toSignalNode(stored, this.#signals.now());
  }
}
