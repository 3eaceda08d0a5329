import { Arg, Ctx, ID, Int, Resolver, Root, Subscription } from 'type-graphql';
import type { AccessContext } from '../access/access.ts';
import { Needs } from '../access/permission.type.ts';
import { TimeframeEnum, toBarType } from '../market-data/bar.type.ts';
import type { MarketDataService } from '../market-data/market-data.service.ts';
import type { BarTimeframe } from '../market-data/rollup/bucket.ts';
import { InvalidInput } from '../platform/errors.ts';
import { localIdOf } from '../platform/graphql/global-id.ts';
import { CursorScalar } from '../platform/graphql/scalars.ts';
import { BarBatchType, BarStreamItemUnion } from './bar-stream.type.ts';
import { type BarStreamItem, type FollowBarsContext, followBars } from './follow-bars.ts';
import { placeAfter, type StreamContext } from './returning.ts';
import { StreamCheckpointType, StreamProblemType, type StreamStart, StreamStartEnum } from './stream.type.ts';

const MAX_BATCH = 500;

type Subscribing = {
  readonly args: {
    readonly instrument: string;
    readonly timeframe: BarTimeframe;
    readonly after?: string | null;
    readonly from: StreamStart;
    readonly maxBatch: number;
  };
  readonly context: StreamContext;
};

@Resolver()
export class BarStreamResolver {
  /** Opens the stream of one subscriber; called by the schema. */
  readonly open: (subscribing: Subscribing) => Promise<AsyncGenerator<BarStreamItem>>;

  constructor(marketData: MarketDataService, follow: FollowBarsContext) {
    this.open = async ({ args, context }) => {
      if (args.maxBatch < 1 || args.maxBatch > MAX_BATCH)
        throw new InvalidInput('maxBatch', args.maxBatch, `an integer from 1 to ${MAX_BATCH}`);
      const instrumentId = localIdOf('Instrument', 'instrument', args.instrument);
      if (!(await marketData.hasInstrument(instrumentId)))
        throw new InvalidInput('instrument', args.instrument, 'the id of an instrument');
      return followBars(follow, {
        instrumentId,
        timeframe: args.timeframe,
        after: placeAfter(args.after, context),
        from: args.from,
        maxBatch: args.maxBatch,
        signal: context.signal,
        ended: context.ended,
      });
    };
  }

  @Subscription(() => BarStreamItemUnion, {
    subscribe: ({ args, context }) =>
      (context as AccessContext).resolve(BarStreamResolver).open({ args, context } as Subscribing),
    description:
      'The closed bars of an instrument as they are stored, corrections as further revisions, from a cursor on. It never completes while the server can go on.',
  })
  @Needs('market-data:read')
  bars(
    @Root() item: BarStreamItem,
    @Ctx() _context: AccessContext,
    @Arg('instrument', () => ID, { description: 'Id of the instrument.' }) _instrument: string,
    @Arg('timeframe', () => TimeframeEnum, { defaultValue: '1m', description: 'Length of the bars.' })
    _timeframe: BarTimeframe,
    @Arg('after', () => CursorScalar, { nullable: true, description: 'Go on after this place.' }) _after: string | null,
    @Arg('from', () => StreamStartEnum, { defaultValue: 'LIVE', description: 'Where to begin without a cursor.' })
    _from: StreamStart,
    @Arg('maxBatch', () => Int, { defaultValue: 50, description: 'Most bars in one batch, 1 to 500.' })
    _maxBatch: number,
  ): BarBatchType | StreamCheckpointType | StreamProblemType {
    if (item.kind === 'problem') return Object.assign(new StreamProblemType(), item);
    if (item.kind === 'checkpoint')
      return Object.assign(new StreamCheckpointType(), item, { serverTime: new Date(item.serverTime) });
    return Object.assign(new BarBatchType(), item, { bars: item.bars.map((bar) => toBarType(bar)) });
  }
}
