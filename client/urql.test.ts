import { setTimeout as wait } from 'node:timers/promises';
import { Client, cacheExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import { describeResumableClient, type Result } from './testing/resumable.contract.ts';
import { resumableExchange } from './urql.ts';

describeResumableClient('urql', ({ url, httpUrl }, { query, variables }, sink, options) => {
  const sockets = createClient({ url, retryAttempts: 400, retryWait: () => wait(10), shouldRetry: () => true });
  const published = subscriptionExchange({
    forwardSubscription: (request) => ({
      subscribe: (observer) => ({
        unsubscribe: sockets.subscribe(
          { ...request, query: request.query ?? '' },
          { ...observer, next: ({ data = null }) => observer.next({ data }) },
        ),
      }),
    }),
  });
  const client = new Client({
    url: httpUrl,
    exchanges: [cacheExchange, options === 'as published' ? published : resumableExchange(sockets, options)],
  });
  const { unsubscribe } = client.subscription<Result['data']>(query, variables).subscribe(({ data, error }) => {
    if (error !== undefined) sink.error(error.networkError ?? error);
    else if (data !== undefined) sink.next({ data });
  });
  return unsubscribe;
});
