import type { Client } from 'graphql-sse';
import { iterate } from './iterate.ts';
import { type ResumeOptions, resume } from './resume.ts';

/**
 * A client of graphql-sse whose subscriptions to signals and bars go on from the last cursor whenever it connects again. How long it tries to
 * is its own: `retryAttempts` and `retry` of `createClient`.
 */
export function resumable(client: Client, options: ResumeOptions = {}): Client {
  const subscribe: Client['subscribe'] = (request, sink, on) =>
    resume((variables, source) => client.subscribe({ ...request, variables }, source, on), request, sink, options);
  return { ...client, subscribe, iterate: (request, on) => iterate((sink) => subscribe(request, sink, on)) };
}
