import { Field, ID, ObjectType } from 'type-graphql';
import { InstantScalar } from '../platform/graphql/scalars.ts';
import type { ApiKey, NewApiKey } from './api-keys.ts';
import { PermissionEnum } from './permission.type.ts';
import type { Permission } from './permissions.ts';

@ObjectType('ApiKey', { description: 'What may be told about a key of a program; never the key itself.' })
export class ApiKeyType {
  @Field(() => ID, { description: 'The public part of the key, after `hg_`.' })
  prefix!: string;

  @Field(() => String, { description: 'What its maker called it.' })
  name!: string;

  @Field(() => [PermissionEnum], { description: 'What it allows.' })
  scopes!: Permission[];

  @Field(() => String, { description: 'Who made it.' })
  createdBy!: string;

  @Field(() => InstantScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => InstantScalar, { description: 'From when on it opens nothing.' })
  expiresAt!: Date;

  @Field(() => InstantScalar, { nullable: true, description: 'When it was revoked; null when it was not.' })
  revokedAt!: Date | null;

  @Field(() => ID, { nullable: true, description: 'Prefix of the key that takes its place; null when there is none.' })
  rotatedTo!: string | null;

  @Field(() => InstantScalar, {
    nullable: true,
    description: 'When it was last used, to within five minutes; null when never.',
  })
  lastUsedAt!: Date | null;
}

@ObjectType('NewApiKey', { description: 'A key that was just made.' })
export class NewApiKeyType {
  @Field(() => ApiKeyType, { description: 'What may be told about it.' })
  key!: ApiKeyType;

  @Field(() => String, { description: 'The key. It is shown here, once, and is stored nowhere.' })
  text!: string;
}

export function toApiKeyType(key: ApiKey): ApiKeyType {
  return Object.assign(new ApiKeyType(), key, {
    createdAt: new Date(key.createdAt),
    expiresAt: new Date(key.expiresAt),
    revokedAt: key.revokedAt === null ? null : new Date(key.revokedAt),
    lastUsedAt: key.lastUsedAt === null ? null : new Date(key.lastUsedAt),
  });
}

export function toNewApiKeyType({ key, text }: NewApiKey): NewApiKeyType {
  return Object.assign(new NewApiKeyType(), { key: toApiKeyType(key), text });
}
