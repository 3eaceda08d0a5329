import { Arg, Ctx, Int, Resolver, Root, Subscription } from 'type-graphql';
import type { AccessContext } from '../access/access.ts';
import { Needs } from '../access/permission.type.ts';
import { InvalidInput } from '../platform/errors.ts';
import { CursorScalar } from '../platform/graphql/scalars.ts';
import { SignalFilterInput, toSignalFilter } from '../signals/signal-filter.type.ts';
import { toSignalEventObject } from '../signals/signal-node.ts';
import type { SignalsService } from '../signals/signals.service.ts';
import { placeAfter, type StreamContext } from './returning.ts';
import { SignalSubscription } from './signal-subscription.ts';
import {
  SignalEventBatchType,
  SignalStreamItem,
  StreamCheckpointType,
  StreamProblemType,
  type StreamStart,
  StreamStartEnum,
} from './stream.type.ts';
import type { StreamItem } from './stream-item.ts';

const MAX_BATCH = 500;

type Asked = {
  readonly after?: string | null;
  readonly from: StreamStart;
  readonly filter?: SignalFilterInput | null;
  readonly maxBatch: number;
};

@Resolver()
export class SignalStreamResolver {
  readonly #signals: SignalsService;

  constructor(signals: SignalsService) {
    this.#signals = signals;
  }

  @Subscription(() => SignalStreamItem, {
    subscribe: ({ args, context }) => asked(args as Asked, context as StreamContext),
    description:
      'Everything that happens to signals, in order, from a cursor on. It never completes while the server can go on.',
  })
  @Needs('signals:read')
  signalEvents(
    @Root() item: StreamItem,
    @Ctx() _context: AccessContext,
    @Arg('after', () => CursorScalar, { nullable: true, description: 'Go on after this place.' }) _after: string | null,
    @Arg('from', () => StreamStartEnum, { defaultValue: 'LIVE', description: 'Where to begin without a cursor.' })
    _from: StreamStart,
    @Arg('filter', () => SignalFilterInput, { nullable: true, description: 'Only what matches.' })
    _filter: SignalFilterInput | null,
    @Arg('maxBatch', () => Int, { defaultValue: 50, description: 'Most events in one batch, 1 to 500.' })
    _maxBatch: number,
  ): SignalEventBatchType | StreamCheckpointType | StreamProblemType {
    if (item.kind === 'problem') return Object.assign(new StreamProblemType(), item);
    if (item.kind === 'checkpoint')
      return Object.assign(new StreamCheckpointType(), item, { serverTime: new Date(item.serverTime) });
    const now = this.#signals.now();
    const events = item.events.map(({ event, signal }) => toSignalEventObject(event, signal, now));
    return Object.assign(new SignalEventBatchType(), item, { events });
  }
}

/** What the client wants, for the gateway to serve. */
function asked({ after, from, filter, maxBatch }: Asked, context: StreamContext): SignalSubscription {
  if (maxBatch < 1 || maxBatch > MAX_BATCH)
    throw new InvalidInput('maxBatch', maxBatch, `an integer from 1 to ${MAX_BATCH}`);
  return new SignalSubscription({ after: placeAfter(after, context), from, filter: toSignalFilter(filter), maxBatch });
}
