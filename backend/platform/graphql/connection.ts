import { ArgsType, type ClassType, Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import { InvalidInput } from '../errors.ts';
import { CursorScalar } from './scalars.ts';

@InterfaceType('Node', {
  description: 'Anything that has an identity of its own and can be fetched by it.',
  autoRegisterImplementations: true,
})
export abstract class NodeType {
  @Field(() => ID, { description: 'Opaque and unique among all types.' })
  id!: string;
}

@ObjectType('PageInfo', { description: 'Where a page lies in its list.' })
export class PageInfo {
  @Field(() => CursorScalar, { nullable: true, description: 'Cursor of the first edge; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => CursorScalar, { nullable: true, description: 'Cursor of the last edge; null on an empty page.' })
  endCursor!: string | null;

  @Field(() => Boolean, { description: 'More edges follow this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'More edges come before this page.' })
  hasPreviousPage!: boolean;
}

export type Edge<T> = { readonly cursor: string; readonly node: T };
export type Connection<T> = {
  readonly edges: readonly Edge<T>[];
  readonly nodes: readonly T[];
  readonly pageInfo: PageInfo;
};

/** The Relay connection type of a node type: edges, nodes and where the page lies. */
export function connectionType<T extends object>(name: string, nodeType: () => ClassType<T>): ClassType<Connection<T>> {
  @ObjectType(`${name}Edge`, { description: `One ${name} and its place in the list.` })
  class EdgeType {
    @Field(() => CursorScalar, { description: 'Place of this edge.' })
    cursor!: string;

    @Field(nodeType, { description: 'The thing itself.' })
    node!: T;
  }

  @ObjectType(`${name}Connection`, { description: `A page of ${name}s.` })
  class ConnectionType {
    @Field(() => [EdgeType], { description: 'The page with the place of each node.' })
    edges!: EdgeType[];

    @Field(() => [nodeType()], { description: 'The page without places.' })
    nodes!: T[];

    @Field(() => PageInfo, { description: 'Where this page lies.' })
    pageInfo!: PageInfo;
  }
  return ConnectionType as ClassType<Connection<T>>;
}

@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, description: 'Page size forward; 20 when no size is given.' })
  first?: number | null;

  @Field(() => CursorScalar, { nullable: true, description: 'Go on after this cursor.' })
  after?: string | null;

  @Field(() => Int, { nullable: true, description: 'Page size backward.' })
  last?: number | null;

  @Field(() => CursorScalar, { nullable: true, description: 'Go back from this cursor.' })
  before?: string | null;
}

export type Page = { readonly limit: number; readonly backward: boolean; readonly cursor: string | null };

/** Checks Relay's paging arguments: forward by `first`/`after` or backward by `last`/`before`, never both. */
export function pageOf(input: PageArgs, maximum = 100): Page {
  const backward = input.last != null || (input.before != null && input.first == null);
  if (backward && (input.first != null || input.after != null)) {
    throw new InvalidInput('last', input.last ?? input.before, 'not to be given together with first or after');
  }
  if (!backward && input.before != null)
    throw new InvalidInput('before', input.before, 'to be given with last, not with first');
  const name = backward ? 'last' : 'first';
  const limit = (backward ? input.last : input.first) ?? 20;
  if (!Number.isInteger(limit) || limit < 1 || limit > maximum)
    throw new InvalidInput(name, limit, `an integer from 1 to ${maximum}`);
  return { limit, backward, cursor: (backward ? input.before : input.after) ?? null };
}

/** Makes a connection of up to `limit + 1` rows in the order in which they were read; the extra row only tells that there are more. */
export function connectionOf<Row, T>(
  rows: readonly Row[],
  page: Page,
  toNode: (row: Row) => T,
  cursorOf: (row: Row) => string,
): Connection<T> {
  const more = rows.length > page.limit;
  const kept = rows.slice(0, page.limit);
  if (page.backward) kept.reverse();
  const edges = kept.map((row) => ({ cursor: cursorOf(row), node: toNode(row) }));
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage: page.backward ? page.cursor !== null : more,
      hasPreviousPage: page.backward ? more : page.cursor !== null,
    },
  };
}
