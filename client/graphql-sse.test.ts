import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from 'graphql-sse';
import { resumable } from './graphql-sse.ts';
import { describeResumableClient, type Result } from './testing/resumable.contract.ts';

describeResumableClient('graphql-sse', ({ httpUrl }, request, sink, options) => {
  const published = createClient({ url: httpUrl, retryAttempts: 400, retry: () => wait(10) });
  const client = options === 'as published' ? published : resumable(published, options);
  return client.subscribe<Result['data']>(request, {
    ...sink,
    next: ({ data }) => (data ? sink.next({ data }) : undefined),
  });
});
