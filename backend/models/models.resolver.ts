import { Arg, Args, ID, Query, Resolver } from 'type-graphql';
import { Needs } from '../access/permission.type.ts';
import { InvalidInput } from '../platform/errors.ts';
import { type Connection, connectionOf, PageArgs, pageOf } from '../platform/graphql/connection.ts';
import { localIdOf } from '../platform/graphql/global-id.ts';
import { decodeKey, encodeKey } from '../platform/graphql/list-cursor.ts';
import { ModelVersionConnection, ModelVersionType, toModelVersionType } from './model-version.type.ts';
import type { ModelRegistry } from './registry.ts';

@Resolver()
export class ModelsResolver {
  readonly #registry: ModelRegistry;

  constructor(registry: ModelRegistry) {
    this.#registry = registry;
  }

  @Query(() => ModelVersionConnection, { description: 'Model versions in the order of name and number.' })
  @Needs('models:read')
  async models(@Args(() => PageArgs) args: PageArgs): Promise<Connection<ModelVersionType>> {
    const page = pageOf(args);
    if (page.backward)
      throw new InvalidInput('last', args.last ?? args.before, 'first and after: models are paged forward');
    const [name, version] = decodeKey('models', page.cursor)?.split('@') ?? [];
    const after = name === undefined ? null : { name, version: Number(version) };
    const rows = await this.#registry.list(after, page.limit + 1);
    return connectionOf(rows, page, toModelVersionType, (row) => encodeKey('models', row.id));
  }

  @Query(() => ModelVersionType, {
    nullable: true,
    description: 'One model version; null when there is none of this id.',
  })
  @Needs('models:read')
  async modelVersion(
    @Arg('id', () => ID, { description: 'Id of the model version.' }) id: string,
  ): Promise<ModelVersionType | null> {
    const stored = await this.#registry.byId(localIdOf('ModelVersion', 'id', id));
    return stored === null ? null : toModelVersionType(stored);
  }
}
