import type { ServerResponse } from 'node:http';
import { type FormattedExecutionResult, GraphQLError, parse, subscribe } from 'graphql';
import { schema } from './schema.ts';

export type Asked = {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  /** The header Last-Event-ID, which stands for the variable of that name. */
  readonly after: string | string[] | undefined;
};

/** Answers a subscription in the distinct connections mode of graphql-sse, each item under its cursor as id, until somebody leaves. */
export async function answerWithEvents(roots: object, asked: Asked, response: ServerResponse): Promise<void> {
  const results = await subscribe({
    schema,
    document: parse(asked.query),
    rootValue: roots,
    variableValues: { ...asked.variables, ...(asked.after === undefined ? {} : { after: asked.after }) },
  });
  if (!(Symbol.asyncIterator in results)) {
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(results));
    return;
  }
  response.once('close', () => void results.return?.(undefined));
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  try {
    for await (const result of results) response.write(next(result));
  } catch (error) {
    response.write(
      next({ errors: [new GraphQLError(error instanceof Error ? error.message : String(error)).toJSON()] }),
    );
  }
  response.end('event: complete\ndata:\n\n');
}

function next(result: FormattedExecutionResult | object): string {
  const item = 'data' in result ? Object.values(result.data ?? {})[0] : undefined;
  const id = typeof item === 'object' && item !== null && 'cursor' in item ? `id: ${item.cursor}\n` : '';
  return `event: next\n${id}data: ${JSON.stringify(result)}\n\n`;
}
