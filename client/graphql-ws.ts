import type { Client } from 'graphql-ws';
import { iterate } from './iterate.ts';
import { type ResumeOptions, resume } from './resume.ts';

/**
 * A client of graphql-ws whose subscriptions to signals and bars go on from the last cursor whenever it connects again. How long it tries to
 * is its own: `retryAttempts` and `shouldRetry` of `createClient`.
 */
export function resumable(client: Client, options: ResumeOptions = {}): Client {
  const subscribe: Client['subscribe'] = (payload, sink) =>
    resume((variables, source) => client.subscribe({ ...payload, variables }, source), payload, sink, options);
  return { ...client, subscribe, iterate: (payload) => iterate((sink) => subscribe(payload, sink)) };
}
