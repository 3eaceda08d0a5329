import { GraphQLError } from 'graphql';

/** Runs an operation; what is thrown before any resolver is asked becomes its answer: variables are read there, however deep they are. */
export async function answered<T>(run: () => T | Promise<T>): Promise<T | { errors: GraphQLError[] }> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { errors: [new GraphQLError(error.message, { extensions: { code: 'BAD_USER_INPUT' } })] };
  }
}
