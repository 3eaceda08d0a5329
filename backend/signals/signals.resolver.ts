import { Arg, Args, ArgsType, Field, ID, Query, Resolver } from 'type-graphql';
import { Needs } from '../access/permission.type.ts';
import {
  type Connection,
  connectionOf,
  type Page,
  PageArgs,
  type PageInfo,
  pageOf,
} from '../platform/graphql/connection.ts';
import { localIdOf } from '../platform/graphql/global-id.ts';
import { decodeKey, encodeKey } from '../platform/graphql/list-cursor.ts';
import type { SignalState } from './signal.ts';
import {
  SignalConnection,
  SignalEventConnection,
  type SignalEventObject,
  SignalNodeType,
  SignalStateEnum,
} from './signal.type.ts';
import { SignalFilterInput, toSignalFilter } from './signal-filter.type.ts';
import { toSignalNode, withSignals } from './signal-node.ts';
import type { SignalsService, StoredSignal } from './signals.service.ts';

@ArgsType()
class SignalsArgs extends PageArgs {
  @Field(() => [ID], { nullable: true, description: 'Only signals of these instruments.' })
  instruments?: string[] | null;

  @Field(() => [SignalStateEnum], { nullable: true, description: 'Only signals in one of these states.' })
  states?: SignalState[] | null;
}

@ArgsType()
class SignalEventsArgs extends PageArgs {
  @Field(() => SignalFilterInput, { nullable: true, description: 'Only what matches.' })
  filter?: SignalFilterInput | null;
}

@Resolver()
export class SignalsResolver {
  readonly #service: SignalsService;

  constructor(service: SignalsService) {
    this.#service = service;
  }

  @Query(() => SignalNodeType, { nullable: true, description: 'One signal; null when there is none of this id.' })
  @Needs('signals:read')
  async signal(@Arg('id', () => ID, { description: 'Id of the signal.' }) id: string): Promise<SignalNodeType | null> {
    const localId = localIdOf('Signal', 'id', id);
    const stored = (await this.#service.byIds([localId])).get(localId);
    return stored === undefined ? null : toSignalNode(stored, this.#service.now());
  }

  @Query(() => SignalConnection, { description: 'Signals as they stand, newest first.' })
  @Needs('signals:read')
  async signals(@Args(() => SignalsArgs) args: SignalsArgs): Promise<Connection<SignalNodeType>> {
    const page = pageOf(args);
    const instruments = args.instruments?.map((id) => localIdOf('Instrument', 'instruments', id)) ?? null;
    const rows = await this.#service.list({ page, key: keyOf(page.cursor), instruments, states: args.states ?? null });
    const now = this.#service.now();
    return connectionOf(rows, page, (row) => toSignalNode(row, now), cursorOf);
  }

  @Query(() => SignalEventConnection, {
    description:
      'What happened to signals, oldest first. Its cursors are those of the subscription of the same name and filter.',
  })
  @Needs('signals:read')
  async signalEvents(@Args(() => SignalEventsArgs) args: SignalEventsArgs): Promise<Connection<SignalEventObject>> {
    const page = pageOf(args);
    const { events, stoppedAt } = await this.#service.events(page, toSignalFilter(args.filter));
    const signals = await this.#service.byIds(events.map((event) => event.body.facts.signalId));
    const nodes = withSignals(events, signals, this.#service.now());
    const connection = connectionOf(
      nodes,
      page,
      (node) => node,
      (node) => node.cursor,
    );
    return stoppedAt === null
      ? connection
      : { ...connection, pageInfo: goOnFrom(stoppedAt, connection.pageInfo, page) };
  }
}

/** A page whose search was broken off says that there may be more, and from where. */
function goOnFrom(cursor: string, pageInfo: PageInfo, { backward }: Page): PageInfo {
  return backward
    ? { ...pageInfo, hasPreviousPage: true, startCursor: cursor }
    : { ...pageInfo, hasNextPage: true, endCursor: cursor };
}

const cursors = new WeakMap<StoredSignal, string>();

function cursorOf(stored: StoredSignal): string {
  const known = cursors.get(stored);
  if (known !== undefined) return known;
  const cursor = encodeKey('signals', `${Date.parse(stored.signal.publishedAt)} ${stored.signal.id}`);
  cursors.set(stored, cursor);
  return cursor;
}

function keyOf(cursor: string | null): { publishedAt: number; id: string } | null {
  const [publishedAt, id] = decodeKey('signals', cursor)?.split(' ') ?? [];
  return publishedAt === undefined || id === undefined ? null : { publishedAt: Number(publishedAt), id };
}
