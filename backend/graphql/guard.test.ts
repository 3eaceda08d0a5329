import { execute, GraphQLInt, GraphQLObjectType, GraphQLSchema, parse, subscribe, validateSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DEVELOPER } from '../access/development.ts';
import { NEEDS } from '../access/permission.type.ts';
import { PERMISSIONS, type Permission } from '../access/permissions.ts';
import { guarded } from './guard.ts';
import { createSchema } from './schema.ts';

const one = { type: GraphQLInt, resolve: () => 1 };
const declared = { ...one, extensions: { [NEEDS]: ['signals:read'] } };
const schemaWith = (query: Record<string, object>, mutation: Record<string, object> = { change: declared }) =>
  new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: query as never }),
    mutation: new GraphQLObjectType({ name: 'Mutation', fields: mutation as never }),
  });

it('guards a schema that is right by the rules of the specification', () => {
  expect(validateSchema(createSchema({ get: () => ({}) }))).toEqual([]);
});

describe('a schema', () => {
  it('cannot be built with a resolver that declares no permission', () => {
    expect(() => guarded(schemaWith({ told: declared, forgotten: one }, { alsoForgotten: one }))).toThrow(
      'No permission is declared on Query.forgotten, Mutation.alsoForgotten, expected @Needs(...) on each',
    );
    expect(() => guarded(schemaWith({ empty: { ...one, extensions: { [NEEDS]: [] } } }))).toThrow('Query.empty');
    expect(guarded(schemaWith({ told: declared }))).toBeInstanceOf(GraphQLSchema);
  });

  it('gives nothing to whoever executes it without a principal', async () => {
    const schema = guarded(schemaWith({ told: declared }));
    for (const contextValue of [undefined, null, {}]) {
      const { data, errors } = await execute({ schema, document: parse('{ told }'), contextValue });
      expect(data).toEqual({ told: null });
      expect(errors?.[0]?.originalError).toMatchObject({ code: 'UNAUTHENTICATED' });
    }
  });
});

describe('every operation of ours', () => {
  const schema = createSchema({ get: () => new Proxy({}, { get: () => () => 'reached' }) });
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const operations = roots.flatMap((type) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({
      name: `${type?.name}.${field.name}`,
      kind: type?.name.toLowerCase() ?? '',
      field,
      needed: field.extensions[NEEDS] as readonly Permission[],
    })),
  );

  it('declares permissions of the table, and each of the table is declared somewhere', () => {
    expect(operations.length).toBeGreaterThan(20);
    const all = operations.flatMap(({ needed }) => needed);
    expect(all.filter((permission) => !PERMISSIONS.includes(permission))).toEqual([]);
    expect(PERMISSIONS.filter((permission) => !all.includes(permission))).toEqual([]);
  });

  it.each(operations)(
    '$name is refused to each principal that lacks a permission, and to no other',
    async (operation) => {
      const { field, needed, kind } = operation;
      const attempt = (permissions: readonly Permission[]): unknown => {
        const forbidden: string[] = [];
        const context = {
          principal: { ...DEVELOPER, permissions },
          noteForbidden: (action: string) => forbidden.push(action),
          resolve: () => ({ open: () => 'reached' }),
        };
        const info = { parentType: { name: kind }, fieldName: field.name };
        const run = field.subscribe ?? field.resolve;
        try {
          run?.({}, {}, context, info as never);
        } catch (error) {
          return { code: (error as { code?: string }).code, forbidden };
        }
        return 'let in';
      };
      for (const missing of needed) {
        const others = PERMISSIONS.filter((permission) => permission !== missing);
        expect(attempt(others)).toEqual({ code: 'FORBIDDEN', forbidden: [`${kind}.${field.name}`] });
      }
      expect(attempt([])).toMatchObject({ code: 'FORBIDDEN' });
      expect(attempt(needed)).not.toMatchObject({ code: 'FORBIDDEN' });
    },
  );

  it('refuses a subscription before it is opened', async () => {
    const document = parse('subscription { signalEvents { __typename } }');
    const contextValue = { principal: { ...DEVELOPER, permissions: ['models:read'] } };
    const result = await subscribe({ schema, document, contextValue });
    expect(result).toMatchObject({ errors: [{ originalError: { code: 'FORBIDDEN' } }] });
  });
});
