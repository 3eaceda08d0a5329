import { Args, ArgsType, Field, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Clock } from '../platform/clock.ts';
import { type Connection, connectionOf, PageArgs, pageOf } from '../platform/graphql/connection.ts';
import { localIdOf } from '../platform/graphql/global-id.ts';
import { decodeKey, encodeKey } from '../platform/graphql/list-cursor.ts';
import { momentOf } from '../platform/graphql/moment.ts';
import { InstantScalar } from '../platform/graphql/scalars.ts';
import {
  CorporateActionConnection,
  type CorporateActionType,
  DatedTickerType,
  toActionType,
  toTickerType,
} from './corporate-actions/corporate-action.type.ts';
import { actionKey } from './corporate-actions/store.ts';
import { InstrumentType } from './instrument.type.ts';
import type { MarketDataService } from './market-data.service.ts';

@ArgsType()
class CorporateActionsArgs extends PageArgs {
  @Field(() => InstantScalar, {
    nullable: true,
    description: 'Answer with what was known at this moment; now by the clock of the data when left out.',
  })
  asOf?: Date | null;
}

/** What is read for an instrument only when it is asked for. */
@Resolver(() => InstrumentType)
export class InstrumentResolver {
  readonly #service: MarketDataService;
  readonly #clock: Clock;

  constructor(service: MarketDataService, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
  }

  @FieldResolver(() => CorporateActionConnection, {
    description: 'Splits, dividends, changes of symbol, listing and delisting, by their ex-dates.',
  })
  async corporateActions(
    @Root() instrument: InstrumentType,
    @Args(() => CorporateActionsArgs) args: CorporateActionsArgs,
  ): Promise<Connection<CorporateActionType>> {
    const page = pageOf(args);
    const rows = await this.#service.corporateActions({
      instrumentId: localIdOf('Instrument', 'instrument', instrument.id),
      asOf: momentOf('asOf', args.asOf) ?? this.#clock.now(),
      limit: page.limit,
      backward: page.backward,
      cursor: decodeKey('corporateActions', page.cursor),
    });
    return connectionOf(rows, page, toActionType, (row) => encodeKey('corporateActions', actionKey(row)));
  }

  @FieldResolver(() => [DatedTickerType], { description: 'The tickers that it has had, oldest first.' })
  async tickers(@Root() instrument: InstrumentType): Promise<DatedTickerType[]> {
    const tickers = await this.#service.tickers(localIdOf('Instrument', 'instrument', instrument.id));
    return tickers.map(toTickerType);
  }
}
