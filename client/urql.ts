import { type Exchange, subscriptionExchange } from '@urql/core';
import { type Request, type Result, type ResumeOptions, resume, type Sink } from './resume.ts';

/** What a client of graphql-ws or graphql-sse has. */
export interface SubscribingClient {
  subscribe(request: Request, sink: Sink<Result>): () => void;
}

/**
 * The subscription exchange of urql over a client of graphql-ws or graphql-sse: subscriptions to signals and bars go on from the last cursor
 * whenever that client connects again.
 */
export function resumableExchange(client: SubscribingClient, options: ResumeOptions = {}): Exchange {
  return subscriptionExchange({
    forwardSubscription: ({ query = '', variables, ...rest }) => ({
      subscribe: (sink) => ({
        unsubscribe: resume(
          (current, source) => client.subscribe({ ...rest, query, variables: current }, source),
          { query, variables },
          sink,
          options,
        ),
      }),
    }),
  });
}
