import type { GraphQLField, GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import type { AccessContext } from '../access/access.ts';
import { NEEDS } from '../access/permission.type.ts';
import type { Permission } from '../access/permissions.ts';
import { Forbidden, isAllowed, Unauthenticated } from '../access/principal.ts';

/**
 * Puts a guard before every query, mutation and subscription, so that whatever executes the schema is held to what they declare. Throws for one
 * that declares nothing: then there is no schema, and nothing starts.
 */
export function guarded(schema: GraphQLSchema): GraphQLSchema {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const fields = roots.flatMap((type) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({ place: `${type?.name}.${field.name}`, field })),
  );
  const open = fields.filter(({ field }) => neededBy(field).length === 0).map(({ place }) => place);
  if (open.length > 0) throw new Error(`No permission is declared on ${open.join(', ')}, expected @Needs(...) on each`);
  for (const { field } of fields) {
    const needed = neededBy(field);
    if (field.resolve !== undefined) field.resolve = behind(needed, field.resolve);
    if (field.subscribe !== undefined) field.subscribe = behind(needed, field.subscribe);
  }
  return schema;
}

/** What is declared on a query, mutation or subscription. */
export function neededBy(field: GraphQLField<unknown, unknown>): readonly Permission[] {
  return (field.extensions[NEEDS] as readonly Permission[] | undefined) ?? [];
}

type Resolve = GraphQLFieldResolver<unknown, unknown>;

function behind(needed: readonly Permission[], resolve: Resolve): Resolve {
  return (source, args, context, info) => {
    const { principal, noteForbidden } = (context ?? {}) as Partial<AccessContext>;
    // Whoever executes without having asked for a credential gets nothing.
    if (principal === undefined) throw new Unauthenticated('executed without a principal');
    if (!isAllowed(principal, needed)) {
      noteForbidden?.(`${info.parentType.name}.${info.fieldName}`);
      throw new Forbidden();
    }
    const { begun } = (context ?? {}) as Partial<AccessContext>;
    if (begun === undefined) return resolve(source, args, context, info);
    const { key } = info.path;
    if (!begun.has(key)) begun.set(key, resolve(source, args, context, info));
    return begun.get(key);
  };
}
