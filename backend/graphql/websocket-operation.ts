import { GraphQLError } from 'graphql';

/** Runs an operation; what is thrown before any resolver is asked becomes its answer: variables are read there, however deep they are. */
export async function answered<T>(run: () => T | Promise<T>): Promise<T | { errors: GraphQLError[] }> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof RangeError) return { errors: [withCode('BAD_USER_INPUT', error)] };
    throw error;
  }
}

/** The one result of a query, asked for when it is first wanted. A client that wants it no more ends it as it would end a subscription. */
export function oneResult<T>(run: () => Promise<T>, onEnd: () => void): AsyncIterableIterator<T> {
  let isGiven = false;
  return endingWith(
    {
      [Symbol.asyncIterator]: () => ({
        async next(): Promise<IteratorResult<T>> {
          if (isGiven) return { done: true, value: undefined };
          isGiven = true;
          return { done: false, value: await run() };
        },
      }),
    },
    onEnd,
  );
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

function withCode(code: string, error: Error): GraphQLError {
  return new GraphQLError(error.message, { extensions: { code } });
}
