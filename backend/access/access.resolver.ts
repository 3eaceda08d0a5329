import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { AccessContext } from './access.ts';
import { ApiKeyType, NewApiKeyType, toApiKeyType, toNewApiKeyType } from './api-key.type.ts';
import type { ApiKeys } from './api-keys.ts';
import { Needs, PermissionEnum } from './permission.type.ts';
import type { Permission } from './permissions.ts';
import { Forbidden } from './principal.ts';

@Resolver()
export class AccessResolver {
  readonly #keys: ApiKeys;

  constructor(keys: ApiKeys) {
    this.#keys = keys;
  }

  @Query(() => [ApiKeyType], { description: 'The keys of your tenant, newest first, at most 1000.' })
  @Needs('keys:manage')
  async apiKeys(@Ctx() { principal }: AccessContext): Promise<ApiKeyType[]> {
    return (await this.#keys.list(principal.tenant)).map(toApiKeyType);
  }

  @Mutation(() => NewApiKeyType, { description: 'Makes a key for a program, which may do no more than you may.' })
  @Needs('keys:manage')
  async createApiKey(
    @Ctx() asking: AccessContext,
    @Arg('name', () => String, { description: 'What you will know it by, 1 to 64 characters.' }) name: string,
    @Arg('scopes', () => [PermissionEnum], { description: 'What it allows.' }) scopes: Permission[],
    @Arg('days', () => Int, { defaultValue: 90, description: 'For how many days, 1 to 366.' }) days: number,
  ): Promise<NewApiKeyType> {
    return noting(asking, 'createApiKey', async () =>
      toNewApiKeyType(await this.#keys.create(asking, { name, scopes, days })),
    );
  }

  @Mutation(() => NewApiKeyType, {
    description:
      'Makes a key in the place of another, for as long as that was made for; the old one goes on for the overlap.',
  })
  @Needs('keys:manage')
  async rotateApiKey(
    @Ctx() asking: AccessContext,
    @Arg('prefix', () => ID, { description: 'Public part of the key.' }) prefix: string,
    @Arg('overlapMinutes', () => Int, { defaultValue: 1440, description: 'How long the old key goes on, 0 to 10080.' })
    overlapMinutes: number,
  ): Promise<NewApiKeyType> {
    return noting(asking, 'rotateApiKey', async () =>
      toNewApiKeyType(await this.#keys.rotate(asking, prefix, overlapMinutes)),
    );
  }

  @Mutation(() => ApiKeyType, {
    description: 'Shuts out a key: new requests at once, open subscriptions within five seconds.',
  })
  @Needs('keys:manage')
  async revokeApiKey(
    @Ctx() asking: AccessContext,
    @Arg('prefix', () => ID, { description: 'Public part of the key.' }) prefix: string,
  ): Promise<ApiKeyType> {
    return toApiKeyType(await this.#keys.revoke(asking, prefix));
  }
}

/** What is found out to be forbidden only while it is done is told in the audit log as well. */
async function noting<Result>(
  { noteForbidden }: AccessContext,
  mutation: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Forbidden) noteForbidden(`Mutation.${mutation}`);
    throw error;
  }
}
