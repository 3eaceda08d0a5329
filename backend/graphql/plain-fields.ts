import { type GraphQLSchema, isObjectType } from 'graphql';
import { getMetadataStorage } from 'type-graphql';

/**
 * Takes from each field without a resolver of its own the one that type-graphql gives it: it makes two objects and a function to read one
 * property, which graphql-js does by itself. A field that has none is then known to be a property and nothing more.
 */
export function withPlainFields(schema: GraphQLSchema): GraphQLSchema {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const resolved = fieldsWithResolvers();
  const renamed = getMetadataStorage().fields.find(({ name, schemaName }) => name !== schemaName);
  if (renamed !== undefined)
    throw new Error(`The field ${renamed.schemaName} reads the property ${renamed.name}, expected one of its own name`);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || roots.includes(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields()))
      if (!resolved.has(`${type.name}.${field.name}`)) delete field.resolve;
  }
  return schema;
}

function fieldsWithResolvers(): Set<string> {
  const { fieldResolvers, objectTypes } = getMetadataStorage();
  const names = new Map<unknown, string>(objectTypes.map(({ target, name }) => [target, name]));
  return new Set(fieldResolvers.map((entry) => `${names.get(entry.getObjectType?.())}.${entry.schemaName}`));
}
