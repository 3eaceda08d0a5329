import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, validate } from 'graphql';

/** What a client asks for in one message. */
export type Payload = {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
};

/** The operation that a message holds, ready to be executed, or what is wrong with it: a mistake must not cost the client its socket. */
export function readOperation(schema: GraphQLSchema, { query, operationName, variables }: Payload) {
  const read = attempt('GRAPHQL_PARSE_FAILED', () => parse(query));
  if (Array.isArray(read)) return read;
  const document = read as DocumentNode;
  const mistakes = attempt('GRAPHQL_VALIDATION_FAILED', () => validate(schema, document).map(invalid));
  if (mistakes.length > 0) return mistakes;
  return { schema, document, operationName, variableValues: variables };
}

/** Runs an operation; what is thrown before any resolver is asked becomes its answer: variables are read there, however deep they are. */
export async function answered<T>(run: () => T | Promise<T>): Promise<T | { errors: GraphQLError[] }> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof RangeError) return { errors: [withCode('BAD_USER_INPUT', error)] };
    throw error;
  }
}

/** The results of a subscription. `onEnd` is called once, when they end or when the client wants no more, whichever comes first. */
export function endingWith<T>(results: AsyncIterable<T>, onEnd: () => void): AsyncIterableIterator<T> {
  const iterator = results[Symbol.asyncIterator]();
  let ended = false;
  const end = (): void => {
    if (!ended) onEnd();
    ended = true;
  };
  return {
    async next() {
      const result = await iterator.next().catch((error: unknown) => {
        end();
        throw error;
      });
      if (result.done === true) end();
      return result;
    },
    async return(value) {
      // Said first: who waits for the next event would hear of it with that event.
      end();
      return (await iterator.return?.(value)) ?? { done: true, value };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function attempt<T>(code: string, read: () => T): T | GraphQLError[] {
  try {
    return read();
  } catch (error) {
    return [withCode(code, error)];
  }
}

function invalid(error: GraphQLError): GraphQLError {
  return error.extensions['code'] === undefined ? withCode('GRAPHQL_VALIDATION_FAILED', error) : error;
}

function withCode(code: string, error: unknown): GraphQLError {
  const message = error instanceof Error ? error.message : String(error);
  const known =
    error instanceof GraphQLError
      ? { nodes: error.nodes ?? null, source: error.source ?? null, positions: error.positions ?? null }
      : {};
  return new GraphQLError(message, { ...known, extensions: { code } });
}
