import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { InvalidInput, UserError } from '../platform/errors.ts';
import type { Fields, Logger } from '../platform/telemetry/logger.ts';
import { createErrorFormatter, outcomeOf } from './errors.ts';

type Line = { level: keyof Logger; message: string; fields: Fields };

function formatter() {
  const lines: Line[] = [];
  const at =
    (level: keyof Logger) =>
    (message: string, fields: Fields = {}) =>
      void lines.push({ level, message, fields });
  const log: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { format: createErrorFormatter(log), lines };
}

/** As GraphQL hands over what a resolver threw. */
const thrown = (error: Error): GraphQLError =>
  new GraphQLError(error.message, { originalError: error, path: ['signals', 0, 'id'] });

describe('the error formatter', () => {
  it('keeps the words and the code of a mistake that a person made, and logs nothing', () => {
    const { format, lines } = formatter();
    expect(format(thrown(new InvalidInput('first', 0, 'an integer from 1 to 100')))).toEqual({
      message: 'first is "0", expected an integer from 1 to 100',
      path: ['signals', 0, 'id'],
      extensions: { code: 'INVALID_INPUT' },
    });
    expect(format(new UserError('BAD_CURSOR', 'after is not one'))).toMatchObject({
      extensions: { code: 'BAD_CURSOR' },
    });
    expect(lines).toEqual([]);
  });

  it('says in its own words what is no GraphQL request, and keeps its own refusals', () => {
    const { format, lines } = formatter();
    const extensions = { code: 'BAD_REQUEST', http: { status: 400 } };
    const theirs = format(new GraphQLError('This operation has been blocked as a potential CSRF.', { extensions }));
    expect(theirs.message).toMatch(/^This is no request that is answered here, expected a POST/);
    expect(theirs.extensions).toEqual({ code: 'BAD_REQUEST' });
    const originalError = new UserError('BAD_REQUEST', 'The operation is a "subscription"');
    expect(format(new GraphQLError('other', { originalError, extensions })).message).toBe(originalError.message);
    expect(lines).toEqual([]);
  });

  it('finds the mistake behind several layers', () => {
    const { format } = formatter();
    const inner = thrown(new InvalidInput('ids', 'x', 'an id'));
    expect(format(new GraphQLError('outer', { originalError: inner }))).toMatchObject({
      message: 'ids is "x", expected an id',
      extensions: { code: 'INVALID_INPUT' },
    });
  });

  it.each([
    thrown(new Error('password authentication failed for user "heliograph_app"')),
    thrown(Object.assign(new Error('relation "signal" does not exist'), { code: '42P01', table: 'signal' })),
    thrown(new TypeError("Cannot read properties of undefined (reading 'kind')")),
    new Error('a plain error, as a transport may hand it over'),
    'a text',
    { some: 'object' },
  ])('shows of a bug an id and nothing else, and logs it whole under that id (%s)', (error) => {
    const { format, lines } = formatter();
    const shown = format(error);
    const id = String(shown.extensions?.['errorId']);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(shown.message).toBe(`Something went wrong here; it is in the log as ${id}.`);
    expect(Object.keys(shown.extensions ?? {}).sort()).toEqual(['code', 'errorId']);
    expect(shown.extensions?.['code']).toBe('INTERNAL_SERVER_ERROR');
    const cause = error instanceof GraphQLError ? error.originalError : error;
    expect(lines).toEqual([
      { level: 'error', message: 'a request failed', fields: expect.objectContaining({ error_id: id, error: cause }) },
    ]);
  });

  it('does not show what an error of ours carries besides its message', () => {
    const { format } = formatter();
    const shown = format(
      new GraphQLError('Cannot query field "x"', { extensions: { stacktrace: ['at secret.ts'], exception: {} } }),
    );
    expect(shown).toEqual({ message: 'Cannot query field "x"', extensions: { code: 'BAD_USER_INPUT' } });
  });

  it('says that the database is away, not how', () => {
    const { format, lines } = formatter();
    for (const code of ['ECONNREFUSED', '57P01', '55P03', '40001']) {
      const shown = format(thrown(Object.assign(new Error('connect to 10.0.0.7'), { code })));
      expect(shown).toMatchObject({
        message: 'The database does not answer at the moment; try again.',
        extensions: { code: 'UNAVAILABLE' },
      });
    }
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'warn', 'warn', 'warn']);
  });

  it('passes on what GraphQL itself finds wrong with a request, with its place', () => {
    const { format, lines } = formatter();
    const invalid = new GraphQLError('Int cannot represent non-integer value: "x"');
    expect(format(invalid)).toEqual({ message: invalid.message, extensions: { code: 'BAD_USER_INPUT' } });
    // A variable of the wrong kind comes wrapped in what names the variable.
    const variable = new GraphQLError(`Variable "$n" got invalid value "x"; ${invalid.message}`, {
      originalError: invalid,
    });
    expect(format(variable)).toEqual({ message: variable.message, extensions: { code: 'BAD_USER_INPUT' } });
    const parse = new GraphQLError('Syntax Error', {
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
      originalError: new Error('x'),
    });
    expect(format(parse)).toMatchObject({ message: 'Syntax Error', extensions: { code: 'GRAPHQL_PARSE_FAILED' } });
    expect(lines).toEqual([]);
  });

  it('does not speak of stacks when a request is too deep to be read', () => {
    const { format, lines } = formatter();
    const error = new GraphQLError('RangeError: Maximum call stack size exceeded', {
      extensions: { code: 'BAD_USER_INPUT' },
    });
    expect(format(error)).toEqual({
      message: 'The request is nested too deeply.',
      extensions: { code: 'BAD_USER_INPUT' },
    });
    const shown = format(thrown(new RangeError('Maximum call stack size exceeded')));
    expect(shown).toMatchObject({
      message: 'The request is nested too deeply.',
      extensions: { code: 'BAD_USER_INPUT' },
    });
    // It may be a bug of ours, so it is told.
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'warn']);
  });
});

describe('outcomeOf', () => {
  it('blames the server for its own failures and the client for the rest', () => {
    expect(['INTERNAL_SERVER_ERROR', 'UNAVAILABLE'].map(outcomeOf)).toEqual(['server_error', 'server_error']);
    expect(['INVALID_INPUT', 'BAD_CURSOR', 'GRAPHQL_PARSE_FAILED', undefined].map(outcomeOf)).toEqual(
      Array(4).fill('client_error'),
    );
  });
});
