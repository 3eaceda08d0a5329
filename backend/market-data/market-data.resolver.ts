import { Arg, Args, ArgsType, Field, ID, Query, Resolver } from 'type-graphql';
import { Needs } from '../access/permission.type.ts';
import type { Clock } from '../platform/clock.ts';
import { InvalidInput } from '../platform/errors.ts';
import { type Connection, connectionOf, PageArgs, pageOf } from '../platform/graphql/connection.ts';
import { localIdOf } from '../platform/graphql/global-id.ts';
import { decodeKey, encodeKey } from '../platform/graphql/list-cursor.ts';
import { momentOf } from '../platform/graphql/moment.ts';
import { InstantScalar, SessionDateScalar } from '../platform/graphql/scalars.ts';
import { AdjustmentEnum, BarConnection, type BarType, TimeframeEnum, toBarType } from './bar.type.ts';
import {
  IngestionDayConnection,
  type IngestionDayType,
  toIngestionDayType,
} from './ingestion-days/ingestion-day.type.ts';
import { dayKey } from './ingestion-days/read.ts';
import { SYMBOL } from './instrument.ts';
import { InstrumentConnection, type InstrumentType, toInstrumentType } from './instrument.type.ts';
import type { Adjustment, MarketDataService, StoredBar } from './market-data.service.ts';
import type { BarTimeframe } from './rollup/bucket.ts';
import { MarketSessionType, TradingSessionType, toSessionType } from './session.type.ts';

const BARS_MAXIMUM = 1_000;

@ArgsType()
class InstrumentsArgs extends PageArgs {
  @Field(() => [String], { nullable: true, description: 'Only these tickers.' })
  symbols?: string[] | null;

  @Field(() => InstantScalar, {
    nullable: true,
    description:
      'Only those that were listed at this moment, under their tickers of then; all that are known when left out.',
  })
  asOf?: Date | null;
}

@ArgsType()
class BarsArgs extends PageArgs {
  @Field(() => ID, { description: 'Id of the instrument.' })
  instrument!: string;

  @Field(() => TimeframeEnum, { defaultValue: '1m', description: 'Length of the bars.' })
  timeframe!: BarTimeframe;

  @Field(() => InstantScalar, { nullable: true, description: 'Earliest bar start, inclusive.' })
  from?: Date | null;

  @Field(() => InstantScalar, { nullable: true, description: 'Latest bar start, exclusive.' })
  until?: Date | null;

  @Field(() => InstantScalar, { nullable: true, description: 'Answer with what was known at this moment.' })
  asOf?: Date | null;

  @Field(() => AdjustmentEnum, { defaultValue: 'RAW', description: 'Prices as they were traded, or without splits.' })
  adjustment!: Adjustment;
}

@ArgsType()
class IngestionDaysArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: 'Only of this feed’s data.' })
  sourceId?: string | null;
}

@Resolver()
export class MarketDataResolver {
  readonly #service: MarketDataService;
  readonly #clock: Clock;

  constructor(service: MarketDataService, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
  }

  @Query(() => InstrumentConnection, { description: 'What can be traded, in the order of their ids.' })
  @Needs('market-data:read')
  async instruments(@Args(() => InstrumentsArgs) args: InstrumentsArgs): Promise<Connection<InstrumentType>> {
    const page = pageOf(args);
    for (const symbol of args.symbols ?? [])
      if (!SYMBOL.test(symbol)) throw new InvalidInput('symbols', symbol, 'a ticker');
    const asOf = momentOf('asOf', args.asOf);
    const rows = await this.#service.instruments({
      page: { ...page, cursor: decodeKey('instruments', page.cursor) },
      symbols: args.symbols ?? null,
      at: asOf ?? this.#clock.now(),
      listedOnly: asOf !== null,
    });
    return connectionOf(rows, page, toInstrumentType, (row) => encodeKey('instruments', row.id));
  }

  @Query(() => BarConnection, {
    description: 'Bars of an instrument, oldest first; the newest revision of each. Up to 1000 a page.',
  })
  @Needs('market-data:read')
  async bars(@Args(() => BarsArgs) args: BarsArgs): Promise<Connection<BarType>> {
    const page = pageOf(args, BARS_MAXIMUM);
    const key = decodeKey('bars', page.cursor);
    const { from, until } = args;
    if (from != null && until != null && from > until)
      throw new InvalidInput('until', until.toISOString(), `an instant not before from (${from.toISOString()})`);
    const rows = await this.#service.bars({
      instrumentId: localIdOf('Instrument', 'instrument', args.instrument),
      timeframe: args.timeframe,
      from: momentOf('from', args.from),
      until: momentOf('until', args.until),
      asOf: momentOf('asOf', args.asOf),
      adjustment: args.adjustment,
      limit: page.limit,
      backward: page.backward,
      cursor: key === null ? null : Number(key),
    });
    const toNode = (row: StoredBar): BarType => toBarType(row, args.adjustment);
    return connectionOf(rows, page, toNode, (row) => encodeKey('bars', String(row.barStart)));
  }

  @Query(() => IngestionDayConnection, {
    description: 'Sessions of the feeds and whether they are in, newest first.',
  })
  @Needs('market-data:read')
  async ingestionDays(@Args(() => IngestionDaysArgs) args: IngestionDaysArgs): Promise<Connection<IngestionDayType>> {
    const page = pageOf(args);
    const cursor = decodeKey('ingestionDays', page.cursor);
    const rows = await this.#service.ingestionDays({ ...page, cursor }, args.sourceId ?? null);
    return connectionOf(rows, page, toIngestionDayType, (row) => encodeKey('ingestionDays', dayKey(row)));
  }

  @Query(() => MarketSessionType, { description: 'Is this market open, and until when?' })
  @Needs('market-data:read')
  marketSession(
    @Arg('calendar', () => String, { defaultValue: 'XNYS', description: 'Name of the calendar: XNYS or 24x7.' })
    id: string,
    @Arg('at', () => InstantScalar, {
      nullable: true,
      description: 'The moment; now by the clock of the data when left out.',
    })
    at: Date | null,
  ): MarketSessionType {
    const moment = at?.getTime() ?? this.#clock.now();
    const { session, nextOpen } = this.#service.marketAt(id, moment);
    return {
      calendar: id,
      at: new Date(moment),
      open: session !== null,
      session: session === null ? null : toSessionType(session),
      nextOpen: new Date(nextOpen),
      minutesToClose: session === null ? null : (session.close - moment) / 60_000,
    };
  }

  @Query(() => [TradingSessionType], {
    description: 'The sessions of a market that open in a range of dates, both inclusive.',
  })
  @Needs('market-data:read')
  calendar(
    @Arg('from', () => SessionDateScalar, { description: 'First date.' }) from: string,
    @Arg('until', () => SessionDateScalar, { description: 'Last date; at most 400 days later.' }) until: string,
    @Arg('calendar', () => String, { defaultValue: 'XNYS', description: 'Name of the calendar: XNYS or 24x7.' })
    id: string,
  ): TradingSessionType[] {
    return this.#service.sessionsOn(id, from, until).map(toSessionType);
  }
}
